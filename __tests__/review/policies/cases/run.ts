import { addResource, resourceOf, type Sample } from '../sample.ts';
import type { PolicyCase } from './policy-case.ts';

const set =
  (path: string, value: unknown) =>
  ({ service }: Sample) =>
    resourceOf(service).addOverride(path, value);

const container = (argument: string, value: unknown) => set(`template.spec.containers.0.${argument}`, value);

const image = (reference: string, isDigest: boolean): PolicyCase => ({
  policy: 'run-image-by-digest',
  title: `the image ${reference}`,
  change: container('image', reference),
  found: isDigest ? [] : [`the image ${reference} is named without a digest`],
});

const bound = (title: string, change: PolicyCase['change'], ...found: string[]): PolicyCase => ({
  policy: 'run-bounds',
  title,
  change,
  found,
});

const maxScale = (value: unknown) =>
  set('template.metadata.annotations', { 'autoscaling.knative.dev/maxScale': value });
const memory = (quantity: string) => container('resources.limits.memory', quantity);

const INSTANCES = 'the maximum number of instances is';
const MEMORY = 'the memory of one instance is';

const containers = { image: 'example.com/x:1', command: ['sh'], env: { name: 'DB_PASS', value: 'hunter2' } };
const IMAGE = ['run-image-by-digest', 'the image example.com/x:1 is named without a digest'] as const;
const COMMAND = ['run-code-of-image', 'a container has command of its own'] as const;
const DEFAULT = [
  'identity-no-default',
  'it names no service account, so it runs as the default one',
] as const;
const SECRET = [
  'secret-not-in-environment',
  'the variable DB_PASS has a literal value, not shown here',
] as const;

/** The other types of Cloud Run are looked at in the same way. */
const OTHER_TYPES: readonly {
  readonly type: string;
  readonly body: object;
  readonly found: readonly (readonly [policy: string, found: string])[];
}[] = [
  {
    type: 'google_cloud_run_v2_service',
    body: {
      template: { containers: { ...containers, startup_probe: {}, liveness_probe: {} } },
      invoker_iam_disabled: true,
      traffic: [{ type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION', revision: 'old' }],
    },
    found: [
      IMAGE,
      COMMAND,
      DEFAULT,
      SECRET,
      ['run-latest-revision', 'traffic goes to the revision old'],
      [
        'access-public-only-when-asked',
        'the disabled check of the caller opens projects/my-project/locations/here/services/other, which is not meant to be public',
      ],
    ],
  },
  {
    type: 'google_cloud_run_v2_job',
    body: { template: { template: { containers } } },
    found: [IMAGE, COMMAND, DEFAULT, SECRET],
  },
  {
    type: 'google_cloud_run_v2_worker_pool',
    body: { template: [{ containers: [containers] }] },
    found: [IMAGE, COMMAND, DEFAULT, SECRET],
  },
  {
    type: 'google_cloudfunctions2_function',
    body: {
      build_config: { source: { storage_source: { bucket: 'code', object: 'x.zip' } } },
      service_config: { environment_variables: { DB_PASS: 'hunter2' } },
    },
    found: [
      DEFAULT,
      SECRET,
      [
        'run-code-of-image',
        'it is built from gs://code/x.zip in the cloud: whoever writes there decides what runs',
      ],
    ],
  },
];

export const runCases: readonly PolicyCase[] = [
  image('example.com/orders:latest', false),
  image('example.com/orders', false),
  image(`example.com/orders@sha256:${'a'.repeat(63)}`, false),
  image(`example.com/orders@sha256:${'a'.repeat(64)}`, true),
  image(`example.com/orders:1@sha256:${'a'.repeat(64)}`, true),
  ...['startup', 'liveness'].map((kind) => ({
    policy: 'run-probes',
    title: `no ${kind} probe`,
    change: container(`${kind}_probe`, undefined),
    found: [`a container has no ${kind} probe`],
  })),
  { policy: 'run-probes', title: 'both probes', change: () => {}, found: [] },
  bound('no maximum of instances', maxScale(undefined), `${INSTANCES} not set, allowed are 1 to 1000`),
  bound('a maximum of no instances', maxScale('0'), `${INSTANCES} 0, allowed are 1 to 1000`),
  bound('more instances than Google runs', maxScale('1001'), `${INSTANCES} 1001, allowed are 1 to 1000`),
  bound('one instance at most', maxScale('1')),
  bound(
    'no memory limit',
    container('resources', undefined),
    `${MEMORY} not set, allowed are 128 to 32768 MiB`,
  ),
  bound('64 MiB', memory('64Mi'), `${MEMORY} 64 MiB, allowed are 128 to 32768 MiB`),
  bound('33 GiB', memory('33Gi'), `${MEMORY} 33792 MiB, allowed are 128 to 32768 MiB`),
  bound('memory in no known unit', memory('lots'), `${MEMORY} lots MiB, allowed are 128 to 32768 MiB`),
  bound('half a GiB', memory('0.5Gi')),
  bound('a decimal gigabyte', memory('1G')),
  bound(
    'no concurrency, which lets Google choose',
    set('template.spec.container_concurrency', 0),
    'the concurrency of one instance is 0 requests, allowed are 1 to 1000 requests',
  ),
  bound(
    'no timeout',
    set('template.spec.timeout_seconds', undefined),
    'the timeout of one request is not set, allowed are 1 to 3600 seconds',
  ),
  bound(
    'a timeout beyond an hour',
    set('template.spec.timeout_seconds', 3601),
    'the timeout of one request is 3601 seconds, allowed are 1 to 3600 seconds',
  ),
  ...OTHER_TYPES.flatMap(({ type, body, found }) =>
    found.map(([policy, text]) => ({
      policy,
      title: `${type} that lacks everything`,
      change: ({ stack }: Sample) => addResource(stack, type, { name: 'other', location: 'here', ...body }),
      found: [text],
    })),
  ),
  {
    policy: 'run-code-of-image',
    title: 'a command, a container beside it and a variable that loads code',
    change: (sample) => {
      container('command', ['sh'])(sample);
      container('env.3', { name: 'NODE_OPTIONS', value: '--import=x' })(sample);
      set('template.spec.containers.1', { image: 'example.com/x' })(sample);
    },
    found: [
      'a container has command of its own',
      'the variable NODE_OPTIONS changes what a container runs or whom it asks',
      'the container 2 runs beside the first',
    ],
  },
  { policy: 'run-code-of-image', title: 'one container as it was built', change: () => {}, found: [] },
  {
    policy: 'run-latest-revision',
    title: 'traffic to a revision by name',
    change: set('traffic', [{ percent: 100, revision_name: 'orders-00001' }]),
    found: ['traffic goes to the revision orders-00001'],
  },
  { policy: 'run-latest-revision', title: 'traffic to the latest revision', change: () => {}, found: [] },
];
