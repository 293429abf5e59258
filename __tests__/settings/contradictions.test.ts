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
  return [
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
