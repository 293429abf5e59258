import { addResource, IDENTITY, KEY, resourceOf, type Sample } from '../sample.ts';
import type { PolicyCase } from './policy-case.ts';

const grant =
  (args: Record<string, unknown>) =>
  ({ stack }: Sample) =>
    addResource(stack, 'google_kms_crypto_key_iam_member', {
      crypto_key_id: KEY,
      role: 'roles/cloudkms.cryptoKeyEncrypter',
      member: 'group:operators@example.com',
      ...args,
    });

const onStack =
  (path: string, value: unknown) =>
  ({ stack }: Sample) =>
    stack.addOverride(path, value);

const expression = (text: string) => `\${${text}}`;

/** What starts a Cloud Run job, and what is said of a schedule that does anything else. */
const START = {
  uri: 'https://run.googleapis.com/v2/projects/my-project/locations/us-central1/jobs/x:run',
  http_method: 'POST',
};
const SCHEDULE = 'This review does not know what access google_cloud_scheduler_job gives';

export const worldCases: readonly PolicyCase[] = [
  {
    policy: 'world-known',
    title: 'a member that whoever deploys decides',
    change: (sample) => {
      onStack('variable.who', { type: 'string' })(sample);
      grant({ member: expression('var.who') })(sample);
    },
    found: [
      `member is unknown: ${expression('var.who')} (the variable who has no default, so whoever deploys decides)`,
    ],
  },
  {
    policy: 'world-known',
    title: 'an image out of a file',
    change: ({ service }) =>
      resourceOf(service).addOverride('template.spec.containers.0.image', expression('file("image.txt")')),
    found: [
      `template.spec.containers[0].image is unknown: ${expression('file("image.txt")')} (it calls file, which is not evaluated here)`,
    ],
  },
  {
    policy: 'world-known',
    title: 'a member in no form that IAM has',
    change: grant({ member: 'operators' }),
    found: ['member is unknown: operators (it has no form that names one for certain)'],
  },
  {
    policy: 'world-known',
    title: 'a module',
    change: onStack('module.more', { source: './more' }),
    found: ['what the module ./more makes is not in the stack'],
  },
  {
    policy: 'world-known',
    title: 'a member out of a local',
    change: (sample) => {
      onStack('locals.who', 'group:operators@example.com')(sample);
      grant({ member: expression('local.who') })(sample);
    },
    found: [],
  },
  {
    policy: 'world-understood',
    title: 'a resource of a type that is not read here',
    change: ({ stack }) => addResource(stack, 'google_pubsub_topic', { name: 'orders' }),
    found: ['This review does not know what access google_pubsub_topic gives'],
  },
  {
    policy: 'world-understood',
    title: 'an argument that is not read here',
    change: ({ bucket }) => resourceOf(bucket).addOverride('brand_new', true),
    found: ['This review does not know what brand_new may give'],
  },
  ...[
    { target: START, found: [] },
    { target: { ...START, body: 'e30=' }, found: [SCHEDULE] },
    { target: { ...START, headers: { 'X-HTTP-Method-Override': 'PUT' } }, found: [SCHEDULE] },
    { target: { ...START, uri: `${START.uri}/../x` }, found: [SCHEDULE] },
    { target: { ...START, uri: START.uri.replace('run.', 'run.evil.') }, found: [SCHEDULE] },
  ].map(
    ({ target, found }): PolicyCase => ({
      policy: 'world-understood',
      title: `a schedule that calls ${JSON.stringify(target)}`,
      change: ({ stack }) =>
        addResource(stack, 'google_cloud_scheduler_job', { name: 'x', http_target: target }),
      found,
    }),
  ),
  { policy: 'world-understood', title: 'what the constructs make', change: () => {}, found: [] },
  {
    policy: 'world-runs-nothing',
    title: 'a provisioner',
    change: ({ bucket }) =>
      resourceOf(bucket).addOverride('provisioner', [{ 'local-exec': { command: 'gcloud' } }]),
    found: ['a provisioner runs commands during the deployment'],
  },
  {
    policy: 'world-runs-nothing',
    title: 'a program behind a data source',
    change: onStack('data.external.more', { program: ['sh'] }),
    found: ['data.external.more runs a program or asks a server during the plan'],
  },
  { policy: 'world-runs-nothing', title: 'no command', change: () => {}, found: [] },
  {
    policy: 'world-secrets-apart',
    title: 'a machine that runs as the identity of the service',
    change: ({ stack }) =>
      addResource(stack, 'google_compute_instance', {
        name: 'machine',
        service_account: { email: IDENTITY.replace('serviceAccount:', '') },
      }),
    found: [`google_compute_instance names ${IDENTITY.replace('serviceAccount:', '')}`],
  },
  {
    policy: 'world-secrets-apart',
    title: 'a machine that runs as somebody else',
    change: ({ stack }) => addResource(stack, 'google_compute_instance', { name: 'machine' }),
    found: [],
  },
];
