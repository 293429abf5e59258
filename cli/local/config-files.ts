import path from 'node:path';
import { type CloudRunService, environmentVariable } from './stacks.ts';
import type { SynthesizedStack } from './synthesize.ts';

/** The encrypted config of one service. */
export interface ConfigFile {
  /** Absolute path of the ciphertext that its first deployment uploads. */
  readonly path: string;
  /** Full resource name of the key that it is encrypted with. */
  readonly key: string;
}

interface ServiceStackJson {
  readonly resource: {
    readonly google_cloud_run_service: Readonly<Record<string, CloudRunService>>;
    readonly google_storage_bucket_object: Readonly<Record<string, { name: string; source: string }>>;
  };
}

/** The encrypted configs of the services of a synthesized stack, one each. */
export function configFiles({ json, directory }: SynthesizedStack): ConfigFile[] {
  const { google_cloud_run_service: services, google_storage_bucket_object: objects } = (
    json as unknown as ServiceStackJson
  ).resource;
  return Object.values(services).map((service) => {
    const objectName = environmentVariable(service, 'OBJECT_NAME');
    const object = Object.values(objects).find(({ name }) => name === objectName);
    if (!object) throw new Error(`the stack uploads no object ${objectName}`);
    const file = object.source.replace(/^\$\{path\.module\}\//, '');
    return { path: path.resolve(directory, file), key: environmentVariable(service, 'KMS_KEY_ID') };
  });
}
