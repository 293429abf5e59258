import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { readAllSettings, readSettings, type SettingsInput } from '../../settings/index.ts';
import { PROJECT_ROOT, problemsOf } from './support.ts';

const environments = { dev: {}, prod: { region: 'europe-west1', minInstances: 1 } };
const context = { projectId: 'my-project', maxInstances: 7, environments };

const input = (environment: Record<string, string> = {}, changed: object = {}): SettingsInput => ({
  context: { ...context, ...changed },
  environment,
  projectRoot: PROJECT_ROOT,
});

test('a synthesis gets every environment: what all share, and what each overrides', () => {
  const all = readAllSettings(input());
  expect(
    all.map(({ environment, region, services: [service] }) => [
      environment,
      region,
      service?.minInstances,
      service?.maxInstances,
    ]),
  ).toEqual([
    ['dev', 'us-central1', 0, 7],
    ['prod', 'europe-west1', 1, 7],
  ]);
});

test('stacks, names, keys and files are the own of each, even in one project', () => {
  const prod = readSettings(input({ GCP_ENVIRONMENT: 'prod' }));
  expect(prod).toMatchObject({
    stacks: { foundation: 'cloud-run-identity-foundation-prod', service: 'cloud-run-identity-prod' },
    bucketName: 'my-project-cloudrun-identity-prod',
    keyRingName: 'cloudrun-secrets-prod',
    imageRepositoryName: 'cloud-run-identity-prod',
    services: [
      {
        serviceName: 'cloudrun-identity-prod',
        serviceAccountName: 'cloud-run-identity-prod',
        encryptedConfigFile: resolve(PROJECT_ROOT, 'config-prod.enc'),
        keyId:
          'projects/my-project/locations/global/keyRings/cloudrun-secrets-prod/cryptoKeys/cloudrun-identity',
      },
    ],
  });
});

test('where there are environments, a command without one stops and lists them', () => {
  expect(() => readSettings(input())).toThrow(
    /environments: got \["dev","prod"\].*choose one: --env dev, or GCP_ENVIRONMENT=dev/s,
  );
  expect(readSettings(input({ GCP_ENVIRONMENT: 'dev' })).environment).toBe('dev');
});

test('an environment that is not there is answered with those that are', () => {
  expect(() => readAllSettings(input({ GCP_ENVIRONMENT: 'prd' }))).toThrow(
    /environment: got "prd".*Allowed: dev or prod.*choose prod/s,
  );
  const without = { context: {}, environment: { GCP_ENVIRONMENT: 'prod' }, projectRoot: PROJECT_ROOT };
  expect(() => readAllSettings(without)).toThrow(/the settings have no environments/);
});

test('a setting of an environment is named by its place', () => {
  const problems = problemsOf({ environments: { prod: { region: 'nowhere', regoin: 'x' }, Q: {}, dev: 7 } });
  expect(problems.map(({ setting }) => setting)).toEqual([
    'environments.prod.regoin',
    'environments.Q',
    'environments.dev',
    'environments.prod.region',
  ]);
});

test.each([
  ['serviceName', { serviceName: 'orders' }],
  ['serviceAccountName', { serviceAccountName: 'orders-identity' }],
  ['serviceAccountEmail', { serviceAccountEmail: 'orders@their-project.iam.gserviceaccount.com' }],
  ['bucketName', { bucketName: 'my-bucket' }],
  ['keyRingName', { keyRingName: 'ring' }],
  ['imageRepositoryName', { imageRepositoryName: 'images' }],
  ['keyId', { keyId: 'projects/their-project/locations/global/keyRings/r/cryptoKeys/k' }],
  ['encryptedConfigFile', { encryptedConfigFile: 'shared.enc' }],
  ['objectName', { existingBucketName: 'their-bucket' }],
])('two environments cannot share %s', (setting, shared) => {
  const problems = problemsOf({ projectId: 'my-project', ...shared, environments: { dev: {}, prod: {} } });
  expect(problems.map((problem) => problem.setting)).toContain(`environments.prod.${setting}`);
  expect(problems[0]?.allowed).toMatch(/one of its own: the environment dev has the same/);
});

test('a variable is for the chosen environment: the others are as they stand in the context', () => {
  const settings = readSettings(input({ GCP_ENVIRONMENT: 'prod', GCP_SERVICE_NAME: 'orders' }));
  expect(settings.services[0]?.serviceName).toBe('orders');
  expect(() =>
    readSettings(
      input({
        GCP_ENVIRONMENT: 'prod',
        GCP_SERVICE_NAME: 'cloudrun-identity-dev',
        GCP_REGION: 'us-central1',
      }),
    ),
  ).toThrow(/environments\.prod\.serviceName: got "cloudrun-identity-dev"/);
});

test('in projects of their own, environments may have the same names, but for the bucket and the files', () => {
  const own = { serviceName: 'orders', keyRingName: 'ring' };
  expect(
    problemsOf({
      ...own,
      environments: { dev: { projectId: 'my-dev-project' }, prod: { projectId: 'my-prod-project' } },
    }),
  ).toEqual([]);
});
