import type { LoadedConfig } from '../../secrets/load.ts';
import { type AppOptions, buildApp } from '../../service/app.ts';
import type { ServiceConfig } from '../../service/config.ts';

const key = 'projects/sample-project/locations/global/keyRings/cloudrun-secrets/cryptoKeys/cloudrun-identity';

/** A loaded config as the app shows it. */
export const sample: LoadedConfig = {
  config: { DB_HOST: 'db.example.com', DB_PORT: '3306', DB_USER: 'Roberts', DB_PASS: 'Not-A-Secret' },
  reference: { bucket: 'sample-bucket', object: 'config.enc', key },
  generation: '1732434567890123',
  fingerprint: '1a2b3c4d',
  keyVersion: `${key}/cryptoKeyVersions/7`,
  usedPrimary: true,
  loadedAt: new Date('2026-11-24T05:48:12.345Z'),
};

/** Who the app runs as. */
export const sampleEmail = 'cloud-run-identity@sample-project.iam.gserviceaccount.com';

/** The service's configuration around the sample. */
export const sampleServiceConfig: ServiceConfig = {
  reference: sample.reference,
  pageValues: 'masked',
  reloadSeconds: 900,
  maxStaleSeconds: undefined,
  callers: undefined,
  telemetryEndpoint: undefined,
  logLevel: 'info',
  googleClients: 'direct',
  port: 0,
  service: 'svc',
  revision: 'svc-00001-abc',
  metadataHost: undefined,
};

/** What a test does otherwise than the sample. */
export type SampleAppOptions = Partial<Omit<AppOptions, 'config'>> &
  Partial<Pick<ServiceConfig, 'pageValues' | 'maxStaleSeconds' | 'callers'>> & {
    /** The first load. */
    readonly load?: () => Promise<LoadedConfig>;
  };

/** The app around the sample, which never changes. */
export async function sampleApp(options: SampleAppOptions = {}) {
  const { load = async () => sample, pageValues, maxStaleSeconds, callers, ...others } = options;
  return buildApp({
    config: {
      ...sampleServiceConfig,
      ...(pageValues && { pageValues }),
      maxStaleSeconds,
      callers,
    },
    source: { load, loadIfChanged: async () => undefined },
    callerEmail: async () => sampleEmail,
    tokenIssuer: () => Promise.reject(new Error('no tokens here')),
    ...others,
  });
}
