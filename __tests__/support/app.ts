import type { LoadedConfig } from '../../secrets/load.ts';
import { type AppOptions, buildApp } from '../../service/app.ts';
import type { PageValues } from '../../service/config.ts';

const key = 'projects/sample-project/locations/global/keyRings/cloudrun-secrets/cryptoKeys/cloudrun-identity';

/** A loaded config as the app shows it. */
export const sample: LoadedConfig = {
  config: { DB_HOST: 'db.example.com', DB_PORT: '3306', DB_USER: 'Roberts', DB_PASS: 'Not-A-Secret' },
  reference: { bucket: 'sample-bucket', object: 'config.enc', key },
  generation: '1732434567890123',
  keyVersion: `${key}/cryptoKeyVersions/7`,
  usedPrimary: true,
  loadedAt: new Date('2026-11-24T05:48:12.345Z'),
};

/** Who the app runs as. */
export const sampleEmail = 'cloud-run-identity@sample-project.iam.gserviceaccount.com';

/** The app around the sample, with what a test does otherwise. */
export async function sampleApp(options: Partial<AppOptions> & { pageValues?: PageValues } = {}) {
  return buildApp({
    config: {
      reference: sample.reference,
      pageValues: options.pageValues ?? 'masked',
      port: 0,
      service: 'svc',
      revision: 'svc-00001-abc',
      metadataHost: undefined,
    },
    load: async () => sample,
    callerEmail: async () => sampleEmail,
    ...options,
  });
}
