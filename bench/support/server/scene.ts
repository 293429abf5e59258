import { createReadyScene, type Scene, sampleConfig } from '../../../__tests__/support/scene.ts';
import { serviceEnvironment } from '../../../__tests__/support/service-process.ts';
import { type LocalCloud, startLocalCloud } from '../../../emulator/cloud.ts';

/** A local cloud with everything that a service needs, and what was asked of it. */
export interface BenchScene {
  readonly cloud: LocalCloud;
  readonly scene: Scene;
  /** The environment of the service's container, without a port. */
  readonly environment: Readonly<Record<string, string>>;
  /** What a page shows when the config was decrypted: the first of its values, which is masked nowhere. */
  readonly shows: string;
  /** How many calls the service's identity has made to each API so far. */
  calls(): { readonly storage: number; readonly kms: number };
  close(): Promise<void>;
}

/** Starts the cloud and makes the scene. */
export async function startBenchScene(): Promise<BenchScene> {
  const counted = { storage: 0, kms: 0 };
  let member: string | undefined;
  const cloud = await startLocalCloud({
    projectId: 'sample-project',
    onRequest: (entry) => {
      if (entry.member !== member) return;
      if (entry.path.startsWith('/kms/')) counted.kms += 1;
      else counted.storage += 1;
    },
  });
  const scene = await createReadyScene(cloud);
  member = scene.member;
  const { PORT: _, ...environment } = await serviceEnvironment(cloud, scene);
  return {
    cloud,
    scene,
    environment,
    shows: sampleConfig.DB_HOST,
    calls: () => ({ ...counted }),
    close: () => cloud.close(),
  };
}

/** Makes every call of the service's identity to Storage and KMS take longer. @returns what ends it */
export function addLatency({ cloud, scene }: BenchScene, milliseconds: number): () => void {
  const ids = ['/storage/*', '/download/*', '/kms/*'].map((path) =>
    cloud.faults.add({ path, member: scene.member, effect: { kind: 'latency', milliseconds } }),
  );
  return () => {
    for (const id of ids) cloud.faults.remove(id);
  };
}
