import { afterAll, beforeAll } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../../emulator/cloud.ts';
import type { ServiceProcess } from '../../support/service-process.ts';

/** The local clouds and services of a file; all are stopped at its end. */
export interface Ground {
  /** The cloud of every case that needs none to itself. */
  readonly shared: LocalCloud;
  readonly running: ServiceProcess[];
  startCloud(): Promise<LocalCloud>;
  /** Asks a service again and again whether it is alive. */
  probe(service: ServiceProcess): void;
}

/** Prepares the ground for the cases of one file. */
export function faultGround(): Ground {
  const clouds: LocalCloud[] = [];
  const timers: NodeJS.Timeout[] = [];
  const ground = {
    shared: undefined as unknown as LocalCloud,
    running: [] as ServiceProcess[],
    async startCloud() {
      const cloud = await startLocalCloud({ projectId: 'sample-project' });
      clouds.push(cloud);
      return cloud;
    },
    probe({ url }: ServiceProcess) {
      timers.push(setInterval(() => void fetch(`${url}/health/live`).catch(() => {}), 300));
    },
  };
  beforeAll(async () => {
    ground.shared = await ground.startCloud();
  });
  afterAll(async () => {
    for (const timer of timers) clearInterval(timer);
    await Promise.all(ground.running.map((service) => service.kill()));
    await Promise.all(clouds.map((cloud) => cloud.close()));
  });
  return ground;
}
