import { expect, test } from 'vitest';
import { problemsOf, read } from './support.ts';

const channel = 'projects/my-project/notificationChannels/1';

/** What does not go together with GKE, or not without it. */
function gkeCases(): [string, Record<string, unknown>, string, string][] {
  const gke = { platform: 'gke', cluster: 'projects/my-project/locations/us-central1/clusters/main' };
  const onlyCloudRun = {
    concurrency: 10,
    timeoutSeconds: 30,
    cpuAlwaysAllocated: true,
    startupCpuBoost: true,
    executionEnvironment: 'gen2',
    ingress: 'internal',
    customAudiences: ['https://orders.example.com'],
    labels: { team: 'orders' },
  };
  const sharedOnlyCloudRun = {
    binaryAuthorization: 'default',
    vpcSubnetwork: 'projects/host-project/regions/us-central1/subnetworks/run',
  };
  return [
    ['a cluster for Cloud Run', { cluster: gke.cluster }, 'cluster', 'a service whose "platform" is gke'],
    ...Object.entries(sharedOnlyCloudRun).map(
      ([name, value]): [string, Record<string, unknown>, string, string] => [
        `${name} where every service is on GKE`,
        { ...gke, [name]: value },
        name,
        'only Cloud Run has it',
      ],
    ),
    ['GKE without a cluster', { platform: 'gke' }, 'cluster', 'the full name of a cluster'],
    ['a public service on GKE', { ...gke, public: true }, 'public', 'inside the cluster only'],
    ['no Pod at all', { ...gke, minInstances: 0 }, 'minInstances', 'at least one Pod'],
    ['a namespace on Cloud Run', { namespace: 'orders' }, 'namespace', 'no value without "platform": "gke"'],
    ['a context without a cluster', { kubeContext: 'mine' }, 'kubeContext', 'only together with "cluster"'],
    [
      'a namespace of the cluster',
      { ...gke, namespace: 'kube-system' },
      'namespace',
      "none of the cluster's own",
    ],
    ...Object.entries(onlyCloudRun).map(
      ([name, value]): [string, Record<string, unknown>, string, string] => [
        `${name} on GKE`,
        { ...gke, [name]: value },
        name,
        'only Cloud Run has it',
      ],
    ),
  ];
}

test.each<[string, Record<string, unknown>, string, string]>([
  ...gkeCases(),
  ['a misspelt region', { region: 'us-centrl1' }, 'region', 'https://cloud.google.com/about/locations'],
  ['a multi-region for services', { region: 'europe-west5' }, 'region', 'a location that Google has'],
  [
    'a misspelt location of keys',
    { keyLocation: 'euope' },
    'keyLocation',
    'https://cloud.google.com/kms/docs/locations',
  ],
  [
    'a key where Google has none',
    { keyId: 'projects/my-project/locations/us-west7/keyRings/r/cryptoKeys/k' },
    'keyId',
    'a location that Google has',
  ],
  [
    'a cluster in a zone of no region',
    { platform: 'gke', cluster: 'projects/my-project/locations/us-esat1-b/clusters/main' },
    'cluster',
    'a location that Google has',
  ],
  [
    'a state prefix without a bucket',
    { statePrefix: 'production' },
    'statePrefix',
    'only together with "stateBucket"',
  ],
  [
    'an egress without a subnetwork',
    { vpcEgress: 'all-traffic' },
    'vpcEgress',
    'only together with "vpcSubnetwork"',
  ],
  [
    'the state in the bucket that is destroyed with the service',
    { bucketName: 'my-bucket', stateBucket: 'my-bucket' },
    'stateBucket',
    'another bucket',
  ],
  [
    'the state in the bucket whose name is the default',
    { stateBucket: 'my-project-cloudrun-identity' },
    'stateBucket',
    'another bucket',
  ],
  [
    'a bucket that logs into itself',
    { bucketName: 'my-bucket', accessLogBucket: 'my-bucket' },
    'accessLogBucket',
    'another bucket',
  ],
  [
    "logging of somebody else's bucket",
    { existingBucketName: 'their-bucket', accessLogBucket: 'my-logs' },
    'accessLogBucket',
    'set by those who own it',
  ],
  [
    'an alert on what is not logged',
    { decryptAlertChannel: channel },
    'decryptAlertChannel',
    'dataAccessLogs',
  ],
  [
    'an alert on what is logged elsewhere',
    {
      dataAccessLogs: true,
      decryptAlertChannel: channel,
      keyId: 'projects/their-project/locations/global/keyRings/r/cryptoKeys/k',
    },
    'decryptAlertChannel',
    'only for keys of the project my-project',
  ],
  [
    'a subnetwork of another region',
    { vpcSubnetwork: 'projects/host-project/regions/europe-west1/subnetworks/run' },
    'vpcSubnetwork',
    "the service's region, us-central1",
  ],
  [
    "a storage key that is the service's",
    { keyName: 'key', keyLocation: 'us-central1', storageKeyName: 'key' },
    'storageKeyName',
    'another key',
  ],
  ['more instances than there may be', { minInstances: 4 }, 'minInstances', '(4) up to "maxInstances" (3)'],
  ['fewer instances than are kept', { maxInstances: '1', minInstances: 2 }, 'minInstances', '(2) up to'],
])('%s is refused', (_, context, setting, allowed) => {
  expect(problemsOf({ projectId: 'my-project', ...context })).toEqual([
    expect.objectContaining({ setting, allowed: expect.stringContaining(allowed) }),
  ]);
});

test("what one service's platform has not is refused at once, each with its fix; what another one has is not", () => {
  const cluster = 'projects/my-project/locations/us-central1/clusters/main';
  const vpcSubnetwork = 'projects/host-project/regions/us-central1/subnetworks/run';
  const environment = { GKE_CLUSTER: cluster, GCP_VPC_SUBNETWORK: vpcSubnetwork };
  const services = [
    { name: 'orders', platform: 'gke', ingress: 'internal', startupCpuBoost: true, public: true },
    { name: 'invoices', namespace: 'invoices' },
  ];
  const found = problemsOf({ projectId: 'my-project', services }, environment);
  expect(found.map(({ setting, fix }) => [setting, fix])).toEqual([
    ['services[0].startupCpuBoost', expect.stringMatching(/^change "services\[0\]\.startupCpuBoost"/)],
    ['services[0].ingress', expect.stringMatching(/^change "services\[0\].ingress"/)],
    ['services[0].public', expect.stringMatching(/^put an Ingress or a Gateway before it/)],
    ['services[1].namespace', expect.stringMatching(/^set "platform" to gke, or change/)],
  ]);
  const alone = [{ name: 'orders', platform: 'gke' }];
  expect(problemsOf({ projectId: 'my-project', services: alone }, environment)).toMatchObject([
    { setting: 'vpcSubnetwork', fix: expect.stringMatching(/unset it$/) },
  ]);
  const environments = { dev: {}, prod: { platform: 'gke' } };
  expect(problemsOf({ projectId: 'my-project', cluster, vpcSubnetwork, environments })).toEqual([]);
  expect(problemsOf({ projectId: 'my-project', environments: { dev: { cluster } } })).toMatchObject([
    { setting: 'environments.dev.cluster' },
  ]);
});

test('a storage key of the same name in another location is another key', () => {
  expect(problemsOf({ keyName: 'key', keyLocation: 'global', storageKeyName: 'key' })).toEqual([]);
});

test('the same settings are accepted when they fit', () => {
  const settings = read({
    projectId: 'my-project',
    stateBucket: 'my-state',
    statePrefix: 'production/my-project',
    vpcSubnetwork: 'projects/host-project/regions/us-central1/subnetworks/run',
    vpcEgress: 'all-traffic',
    accessLogBucket: 'my-logs',
    dataAccessLogs: true,
    decryptAlertChannel: channel,
    storageKeyName: 'at-rest',
    minInstances: 3,
  });
  expect(settings).toMatchObject({
    statePrefix: 'production/my-project',
    vpcEgress: 'all-traffic',
    storageKeyName: 'at-rest',
  });
});

test('a key of the same project that somebody else made can be watched', () => {
  const keyId = 'projects/my-project/locations/global/keyRings/theirs/cryptoKeys/k';
  expect(
    problemsOf({ projectId: 'my-project', keyId, dataAccessLogs: true, decryptAlertChannel: channel }),
  ).toEqual([]);
});

test('states of two projects in one bucket do not meet', () => {
  const [one, other] = ['one-project', 'other-project'].map((projectId) =>
    read({ projectId, stateBucket: 'my-state' }),
  );
  expect(one?.statePrefix).not.toBe(other?.statePrefix);
});

test('the nearest location is named, and how to use one that is newer than the list', () => {
  const [problem] = problemsOf({ region: 'us-centrl1' });
  expect(problem?.fix).toBe(
    'write us-central1 if that was meant; or, if us-centrl1 is newer than this program, add it to "newLocations" in ' +
      `the context of cdktf.json, or set GCP_NEW_LOCATIONS='["us-centrl1"]'`,
  );
  const newer = { region: 'us-moon1', keyLocation: 'us-moon1', newLocations: ['us-moon1'] };
  expect(read(newer)).toMatchObject({ region: 'us-moon1', keyLocation: 'us-moon1' });
  expect(read({}, { GCP_REGION: 'us-moon1', GCP_NEW_LOCATIONS: '["us-moon1"]' }).region).toBe('us-moon1');
});

test.each([
  ['GCP_REGON', 'GCP_REGION'],
  ['GCP_BUCKET_NAME', 'GCS_BUCKET_NAME'],
  ['GCP_KMS_KEY_RING', 'GCP_KMS_KEYRING'],
])('a variable %s would leave %s at its default: it is refused', (variable, meant) => {
  const [problem] = problemsOf({}, { [variable]: 'canary-value' });
  expect(problem).toMatchObject({
    setting: variable,
    fix: `rename it to ${meant} if that was meant, else unset it`,
  });
  expect(JSON.stringify(problem)).not.toContain('canary-value');
});

test("a variable that only begins like a setting may be another program's: it is a warning", () => {
  const { warnings } = read({}, { GCP_PROJECT: 'x', GCP_SA_KEY: 'y', GCP_KMS_KEY: 'z', GKE_USE: 'x' });
  expect(warnings.slice(0, -1)).toEqual([
    'The variable GCP_PROJECT is no setting and has no effect. Is GCP_PROJECT_ID meant?',
    'The variable GCP_KMS_KEY is no setting and has no effect. Is GCP_KMS_KEYRING meant?',
  ]);
});
