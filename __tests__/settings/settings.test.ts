import { resolve } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ServiceSettings } from '../../settings/services.ts';
import { SettingsError } from '../../settings/settings-error.ts';
import { TOP_LEVEL } from '../../settings/table.ts';

type SettingName = keyof typeof TOP_LEVEL;

import { PROJECT_ROOT, problemsOf, read } from './support.ts';

/** The only service of the settings. */
function single(context: Record<string, unknown>): ServiceSettings {
  const [service] = read(context).services;
  return service as ServiceSettings;
}

function errorOf(context: Record<string, unknown>, environment: Record<string, string> = {}): SettingsError {
  try {
    read(context, environment);
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error('the settings were accepted');
}

test('a fresh clone has settings', () => {
  const { origins, ...settings } = read({});
  expect(settings).toEqual({
    projectId: 'sample-project',
    region: 'us-central1',
    bucketName: 'sample-project-cloudrun-identity',
    isExistingBucket: false,
    keyRingName: 'cloudrun-secrets',
    keyLocation: 'global',
    adoptExistingKey: false,
    statePrefix: 'sample-project',
    dataAccessLogs: false,
    imageBuild: 'none',
    vpcEgress: 'private-ranges-only',
    googleClients: 'direct',
    imageRepositoryName: 'cloud-run-identity',
    strictPolicies: false,
    imageContext: PROJECT_ROOT,
    dockerfile: 'service/Dockerfile',
    stateFiles: {
      foundation: resolve(
        PROJECT_ROOT,
        'state/sample-project/terraform.cloud-run-identity-foundation.tfstate',
      ),
      service: resolve(PROJECT_ROOT, 'state/sample-project/terraform.cloud-run-identity.tfstate'),
    },
    stacks: { foundation: 'cloud-run-identity-foundation', service: 'cloud-run-identity' },
    warnings: [expect.stringContaining('good for looking, not for deploying')],
    secretSchema: 'service/config-schema.ts',
    serviceEntry: 'service/server.ts',
    isServiceList: false,
    services: [
      {
        serviceName: 'cloudrun-identity',
        image: 'us-central1-docker.pkg.dev/sample-project/cloud-run-identity/cloudrun-identity:latest',
        imageName: 'cloudrun-identity',
        serviceAccountName: 'cloud-run-identity',
        objectName: 'config.enc',
        encryptedConfigFile: resolve(PROJECT_ROOT, 'config.enc'),
        keyId:
          'projects/sample-project/locations/global/keyRings/cloudrun-secrets/cryptoKeys/cloudrun-identity',
        keyName: 'cloudrun-identity',
        public: false,
        revealValues: false,
        cpu: '1',
        memory: '512Mi',
        concurrency: 80,
        timeoutSeconds: 60,
        platform: 'cloud-run',
        minInstances: 0,
        maxInstances: 3,
        cpuAlwaysAllocated: false,
        startupCpuBoost: true,
        executionEnvironment: 'gen2',
        ingress: 'all',
        secrets: [
          {
            name: 'config',
            objectName: 'config.enc',
            encryptedFile: resolve(PROJECT_ROOT, 'config.enc'),
            keyId:
              'projects/sample-project/locations/global/keyRings/cloudrun-secrets/cryptoKeys/cloudrun-identity',
            keyName: 'cloudrun-identity',
            format: 'json',
          },
        ],
      },
    ],
  });
  expect(origins.every(({ source }) => source === 'default')).toBe(true);
  expect(origins.map(({ name }) => name).sort()).toEqual(Object.keys(TOP_LEVEL).sort());
});

/** For every setting a valid value for the context, another for the environment. */
const values: Record<Exclude<SettingName, 'calls'>, readonly [string, string]> = {
  projectId: ['context-project', 'environment-project'],
  region: ['europe-west1', 'asia-east1'],
  serviceName: ['context', 'environment'],
  imageName: ['context', 'environment'],
  image: ['example.com/context:1', 'example.com/environment:1'],
  serviceAccountName: ['context-account', 'environment-account'],
  bucketName: ['context-bucket', 'environment-bucket'],
  objectName: ['context.enc', 'environment.enc'],
  keyRingName: ['context', 'environment'],
  keyName: ['context', 'environment'],
  keyLocation: ['europe', 'us'],
  encryptedConfigFile: ['context.enc', 'environment.enc'],
  keyId: [keyIdOf('context'), keyIdOf('environment')],
  minInstances: ['1', '2'],
  maxInstances: ['5', '6'],
  existingBucketName: ['context-bucket', 'environment-bucket'],
  adoptExistingKey: ['false', 'true'],
  stateDirectory: ['context', 'environment'],
  stateBucket: ['context-bucket', 'environment-bucket'],
  statePrefix: ['context/sample-project', 'environment/sample-project'],
  dataAccessLogs: ['false', 'true'],
  decryptAlertChannel: [
    'projects/my-project/notificationChannels/1',
    'projects/my-project/notificationChannels/2',
  ],
  storageKeyName: ['context', 'environment'],
  accessLogBucket: ['context-bucket', 'environment-bucket'],
  imageBuild: ['docker', 'cloud-build'],
  binaryAuthorization: ['default', 'projects/my-project/platforms/cloudRun/policies/environment'],
  vpcSubnetwork: ['context', 'environment'],
  vpcEgress: ['private-ranges-only', 'all-traffic'],
  reloadSeconds: ['60', '120'],
  maxStaleSeconds: ['3600', '7200'],
  telemetryEndpoint: ['https://context.example.com', 'https://environment.example.com'],
  googleClients: ['direct', 'official'],
  googleProviderVersion: ['6.51.0', '7.45.0'],
  cluster: [clusterOf('context'), clusterOf('environment')],
  kubeContext: ['context', 'environment'],
  platform: ['cloud-run', 'gke'],
  namespace: ['context', 'environment'],
  strictPolicies: ['false', 'true'],
  imageRepositoryName: ['context', 'environment'],
  serviceAccountEmail: [
    'context@my-project.iam.gserviceaccount.com',
    'environment@my-project.iam.gserviceaccount.com',
  ],
  cpu: ['2', '4'],
  memory: ['1Gi', '2Gi'],
  concurrency: ['10', '20'],
  timeoutSeconds: ['30', '90'],
  cpuAlwaysAllocated: ['false', 'true'],
  startupCpuBoost: ['true', 'false'],
  executionEnvironment: ['gen1', 'gen2'],
  ingress: ['internal', 'all'],
  customAudiences: ['["https://context.example.com"]', '["https://environment.example.com"]'],
  environmentVariables: ['{"A":"context"}', '{"A":"environment"}'],
  newLocations: ['["us-east98"]', '["us-east99"]'],
  labels: ['{"team":"context"}', '{"team":"environment"}'],
  public: ['false', 'true'],
  revealValues: ['false', 'true'],
  serviceEntry: ['context.ts', 'environment.ts'],
  secretSchema: ['context.json', 'environment.json'],
};

function clusterOf(name: string): string {
  return `projects/other-project/locations/us-central1/clusters/${name}`;
}

function keyIdOf(name: string): string {
  return `projects/other-project/locations/global/keyRings/ring/cryptoKeys/${name}`;
}

/** What a setting needs beside it. */
const COMPANIONS = {
  statePrefix: { stateBucket: 'my-state' },
  vpcEgress: { vpcSubnetwork: 'my-subnetwork' },
  decryptAlertChannel: { dataAccessLogs: true },
  cpu: { memory: '2Gi' },
  cluster: { platform: 'gke' },
  kubeContext: { platform: 'gke', cluster: clusterOf('main') },
  platform: { cluster: clusterOf('main') },
  namespace: { platform: 'gke', cluster: clusterOf('main') },
} satisfies Partial<Record<SettingName, Record<string, unknown>>> as Partial<Record<SettingName, object>>;

test.each(Object.keys(values) as (keyof typeof values)[])(
  '%s comes from its variable before the context, and says so',
  (name) => {
    const [inContext, inEnvironment] = values[name];
    const variable = TOP_LEVEL[name].variable as string;
    const context = { ...COMPANIONS[name], [name]: inContext };
    const shown = (environment: Record<string, string>) =>
      read(context, environment).origins.find((origin) => origin.name === name);
    expect(shown({})).toEqual({ name, value: inContext, source: 'context of cdktf.json' });
    expect(shown({ [variable]: inEnvironment })).toEqual({
      name,
      value: inEnvironment,
      source: `environment variable ${variable}`,
    });
    expect(shown({ [variable]: '' })).toEqual(shown({}));
  },
);

test('an image given in full replaces the one that is put together', () => {
  expect(single({ imageName: 'app', image: 'example.com/other:1' }).image).toBe('example.com/other:1');
});

test('the JSON booleans and numbers are the values they look like', () => {
  expect(single({ public: true, maxInstances: 7 })).toMatchObject({ public: true, maxInstances: 7 });
  expect(single({ public: false, revealValues: true })).toMatchObject({ public: false, revealValues: true });
});

test('what looks like a reference to another setting in a value is meant literally', () => {
  expect(single({ objectName: '<projectId>.enc' }).objectName).toBe('<projectId>.enc');
});

test('every problem is reported at once: what was got from where, what is allowed, how to fix it', () => {
  const error = errorOf({ projectId: 12, pubic: true }, { GCP_REGION: 'us central' });
  expect(error.problems.map(({ setting }) => setting)).toEqual(['pubic', 'projectId', 'region']);
  for (const part of [
    '3 settings are wrong.',
    'pubic: got true from the context of cdktf.json.',
    'rename it to "public"',
    'projectId: got 12 from the context of cdktf.json.',
    'Allowed: the id of a project, not its number: 6 to 30 lowercase letters',
    'region: got "us central" from the environment variable GCP_REGION.',
    'set GCP_REGION to such a value, or unset it',
  ]) {
    expect(error.message).toContain(part);
  }
});

test('values are never revealed to everyone', () => {
  const error = errorOf({ public: true }, { GCP_REVEAL_VALUES: 'true' });
  expect(error.problems).toEqual([
    expect.objectContaining({ setting: 'revealValues', source: 'environment variable GCP_REVEAL_VALUES' }),
  ]);
});

test('a bucket name that only follows from the project id is reported as such', () => {
  const error = errorOf({ projectId: 'my-google-project' });
  expect(error.problems).toEqual([
    expect.objectContaining({ setting: 'bucketName', got: 'my-google-project-cloudrun-identity' }),
  ]);
  expect(read({ projectId: 'my-google-project', bucketName: 'my-bucket' }).bucketName).toBe('my-bucket');
});

test.each([
  ['servicename', 'serviceName'],
  ['keyring', 'keyRingName'],
  ['bucket', 'bucketName'],
  ['reveal_values', 'revealValues'],
])('the context key %s is answered with %s', (key, nearest) => {
  expect(errorOf({ [key]: 'x' }).message).toContain(`rename it to "${nearest}"`);
});

test("the CDK's own context keys are left alone", () => {
  const own = { cdktfVersion: '0.21.0', excludeStackIdFromLogicalIds: 'true', '@cdktf/flag': true };
  expect(read(own)).toEqual(read({}));
});

test('a long value is cut in the message', () => {
  expect(errorOf({ region: 'x'.repeat(5000) }).message.length).toBeLessThan(500);
});

/** Settings that can be wrong beside another one, whatever their own rule says. */
const CONTRADICTED = new Set([
  'region',
  'keyLocation',
  'revealValues',
  'minInstances',
  'maxInstances',
  'statePrefix',
  'kubeContext',
  'namespace',
  'stateBucket',
  'vpcEgress',
  'vpcSubnetwork',
  'accessLogBucket',
  'decryptAlertChannel',
  'storageKeyName',
  'cpu',
  'memory',
  'concurrency',
  'executionEnvironment',
  'serviceAccountName',
  'calls',
]);

test('whatever is set is either accepted by its rule or reported under its name', () => {
  const name = fc.constantFrom(...(Object.keys(TOP_LEVEL) as SettingName[]));
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(
      fc.dictionary(name, value),
      fc.dictionary(name, fc.string({ minLength: 1 })),
      (context, set) => {
        const environment = Object.fromEntries(
          Object.entries(set).map(([key, text]) => [TOP_LEVEL[key as SettingName].variable as string, text]),
        );
        const reported = new Set(problemsOf(context, environment).map(({ setting }) => setting));
        for (const [key, got] of Object.entries({ ...context, ...set })) {
          const { rule } = TOP_LEVEL[key as SettingName];
          const text = rule.toText(got);
          const isAccepted = text !== undefined && rule.accepts(text);
          if (!isAccepted) expect(reported).toContain(key);
          else if (!CONTRADICTED.has(key)) expect(reported).not.toContain(key);
        }
      },
    ),
  );
});

test('no key of a context is too strange to be reported', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (key) => {
      const isKnown = Object.hasOwn(TOP_LEVEL, key) || key === 'services' || /^@?cdkt[fn]/.test(key);
      if (!isKnown) expect(problemsOf({ [key]: 'x' }).map(({ setting }) => setting)).toEqual([key]);
    }),
  );
});
