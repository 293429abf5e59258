import type { LoadedSecret } from '../../secrets/load.ts';
import { type AppOptions, buildApp, type ServiceApp } from '../../service/build-app.ts';
import type { ServiceEnvironment } from '../../service/environment.ts';
import type { SampleValue } from './schema.ts';
import samplePage from './service/app.ts';

const key = 'projects/sample-project/locations/global/keyRings/cloudrun-secrets/cryptoKeys/cloudrun-identity';

/** A loaded secret as the app shows it. */
export const sample: LoadedSecret<SampleValue> = {
  value: { DB_HOST: 'db.example.com', DB_PORT: '3306', DB_USER: 'Roberts', DB_PASS: 'Not-A-Secret' },
  reference: { bucket: 'sample-bucket', object: 'config.enc', key },
  generation: '1732434567890123',
  fingerprint: '1a2b3c4d',
  keyVersion: `${key}/cryptoKeyVersions/7`,
  keysChanged: { '/DB_PASS': '2026-11-20T08:00:00Z' },
  usedPrimary: true,
  loadedAt: new Date('2026-11-24T05:48:12.345Z'),
};

/** Who the app runs as. */
export const sampleEmail = 'cloud-run-identity@sample-project.iam.gserviceaccount.com';

/** The service's environment around the sample. */
export const sampleEnvironment: ServiceEnvironment = {
  reference: sample.reference,
  pageValues: 'masked',
  reloadSeconds: 900,
  maxStaleSeconds: undefined,
  callers: undefined,
  telemetryEndpoint: undefined,
  logLevel: 'info',
  google: {},
  port: 0,
  service: 'svc',
  revision: 'svc-00001-abc',
};

/** What a test does otherwise than the sample. */
export type SampleAppOptions = Partial<Pick<AppOptions, 'logger' | 'shape'>> &
  Partial<Pick<ServiceEnvironment, 'pageValues' | 'maxStaleSeconds'>> & {
    /** The first load. */
    readonly load?: () => Promise<LoadedSecret>;
    readonly callerEmail?: () => Promise<string | undefined>;
    /** @default the page */
    readonly app?: ServiceApp;
  };

/** The app around the sample, which never changes. */
export async function sampleApp(options: SampleAppOptions = {}) {
  const { load = async () => sample, callerEmail = async () => sampleEmail, app = samplePage } = options;
  const { pageValues = 'masked', maxStaleSeconds, logger = false } = options;
  const noTokens = () => Promise.reject(new Error('no tokens here'));
  const source = { load, loadIfChanged: async () => undefined };
  return buildApp({
    environment: { ...sampleEnvironment, pageValues, maxStaleSeconds },
    google: { callerEmail, idToken: noTokens, tokenIssuer: noTokens, source: () => ({ ...source }) as never },
    source,
    app,
    logger,
    ...(options.shape && { shape: options.shape }),
  });
}
