import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { EnvironmentError } from '../../secrets/live/environment.ts';
import { readEnvironment } from '../../service/environment.ts';

const key = 'projects/sample-project/locations/global/keyRings/cloudrun-secrets/cryptoKeys/cloudrun-identity';
const required = {
  BUCKET_NAME: 'sample-project-cloudrun-identity',
  OBJECT_NAME: 'config.enc',
  KMS_KEY_ID: key,
};

describe('readEnvironment', () => {
  it('takes no options of Node from outside in the image, which its entry tells by an option of its own', () => {
    const variables = { ...required, NODE_OPTIONS: '--import=data:text/javascript,0' };
    expect(readEnvironment(variables, []).port).toBe(8080);
    expect(() => readEnvironment(variables, ['--disable-sigusr1', '--inspect=0.0.0.0'])).toThrow(
      /NODE_OPTIONS is set: in the image.*\n.*--inspect=0\.0\.0\.0: in the image nobody may debug/,
    );
    const file = path.join(import.meta.dirname, '..', '..', 'service', 'Dockerfile');
    expect(readFileSync(file, 'utf8')).toMatch(
      /^ENTRYPOINT \[.*"--disable-sigusr1", "\/app\/server\.cjs"\]$/m,
    );
  });

  it('reads what Cloud Run and the deployment set', () => {
    const config = readEnvironment({
      ...required,
      PAGE_VALUES: 'hidden',
      PORT: '9000',
      K_SERVICE: 'svc',
      K_REVISION: 'svc-00001-abc',
      K_CONFIGURATION: 'svc',
      UNRELATED: 'ignored',
    });
    expect(config).toEqual({
      reference: { bucket: required.BUCKET_NAME, object: 'config.enc', key },
      pageValues: 'hidden',
      reloadSeconds: 900,
      maxStaleSeconds: undefined,
      callers: undefined,
      telemetryEndpoint: undefined,
      logLevel: 'info',
      google: {
        clients: 'direct',
        metadataHost: undefined,
        quotaProject: undefined,
        project: 'sample-project',
      },
      port: 9000,
      service: 'svc',
      revision: 'svc-00001-abc',
    });
  });

  it('masks by default and listens on 8080', () => {
    expect(readEnvironment(required)).toMatchObject({ pageValues: 'masked', port: 8080 });
  });

  it('reads what the deployment sets when it is asked to', () => {
    const config = readEnvironment({
      ...required,
      RELOAD_SECONDS: '60',
      MAX_STALE_SECONDS: '86400',
      RELOAD_OPERATORS: 'ann@example.com,bob@example.com',
      PUBSUB_ACCOUNT: 'push@sample-project.iam.gserviceaccount.com',
      TOKEN_AUDIENCE: 'https://svc.example.com',
      INVOKER_REQUIRED: 'true',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318/',
      LOG_LEVEL: 'debug',
    });
    expect(config).toMatchObject({
      reloadSeconds: 60,
      maxStaleSeconds: 86_400,
      callers: {
        operators: ['ann@example.com', 'bob@example.com'],
        pubsubAccount: 'push@sample-project.iam.gserviceaccount.com',
        audience: 'https://svc.example.com',
        invokerRequired: true,
      },
      telemetryEndpoint: 'http://127.0.0.1:4318',
      logLevel: 'debug',
    });
  });

  it.each([
    [{ K_SERVICE: 'svc' }, 'direct'],
    [{ GCE_METADATA_HOST: '127.0.0.1:80' }, 'direct'],
    [{}, 'official'],
    [{ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, 'direct'],
    [{ KUBERNETES_SERVICE_HOST: '10.0.0.1', GOOGLE_APPLICATION_CREDENTIALS: '/key.json' }, 'official'],
    [{ K_SERVICE: 'svc', GOOGLE_CLIENTS: 'official' }, 'official'],
    [{ GOOGLE_CLIENTS: 'direct' }, 'direct'],
  ])(
    "leaves the search for credentials to Google's official clients where no metadata server is: %j",
    (variables, clients) => {
      expect(readEnvironment({ ...required, ...variables }).google.clients).toBe(clients);
    },
  );

  it('wants to know the audience of the tokens that it is to accept', () => {
    const operators = { ...required, RELOAD_OPERATORS: 'ann@example.com' };
    expect(() => readEnvironment(operators)).toThrow('TOKEN_AUDIENCE is missing beside RELOAD_OPERATORS');
    expect(readEnvironment({ ...required, TOKEN_AUDIENCE: 'x' }).callers).toEqual({
      operators: [],
      pubsubAccount: undefined,
      audience: 'x',
      invokerRequired: false,
    });
  });

  it('reports all problems at once: what was got, what is allowed, how to fix it', () => {
    const variables = {
      BUCKET_NAME: 'gs://Bucket',
      KMS_KEY_ID: `${key}/cryptoKeyVersions/1`,
      PAGE_VALUES: 'all',
      PORT: '0',
    };
    let message = '';
    try {
      readEnvironment(variables);
    } catch (error) {
      expect(error).toBeInstanceOf(EnvironmentError);
      message = String(error);
    }
    expect(message).toContain('BUCKET_NAME is "gs://Bucket"');
    expect(message).toContain('OBJECT_NAME is missing');
    expect(message).toContain('projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY');
    expect(message).toContain('PAGE_VALUES is "all": it must be masked, hidden or revealed');
    expect(message).toContain('PORT is "0"');
    expect(message).toContain('Fix:');
  });

  it.each([
    ['PORT', '65536'],
    ['PORT', '8080 '],
    ['PAGE_VALUES', ''],
    ['OBJECT_NAME', ''],
    ['GCE_METADATA_HOST', 'http://127.0.0.1:1'],
    ['RELOAD_SECONDS', '0'],
    ['RELOAD_SECONDS', '86401'],
    ['MAX_STALE_SECONDS', '1.5'],
    ['RELOAD_OPERATORS', 'ann@example.com, bob@example.com'],
    ['PUBSUB_ACCOUNT', 'push'],
    ['INVOKER_REQUIRED', 'yes'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['LOG_LEVEL', 'verbose'],
  ])('refuses %s=%j', (name, value) => {
    expect(() => readEnvironment({ ...required, [name]: value })).toThrow(
      `${name} is ${JSON.stringify(value)}`,
    );
  });
});
