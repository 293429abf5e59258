import { GkePlatform } from '../../../../constructs/gke/platform.ts';
import { addResource, resourceOf, type Sample } from '../sample.ts';
import type { PolicyCase } from './policy-case.ts';

const image = `example.com/orders@sha256:${'a'.repeat(64)}`;

/** Adds the sample's service as a workload on GKE, changed. */
const workload =
  (change: Record<string, unknown> = {}, ownImage = image) =>
  ({ stack, identity }: Sample) => {
    const cluster = { projectId: 'my-project', location: 'us-central1', name: 'main' };
    const service = new GkePlatform(stack, 'gke', cluster).in('shop').addService(stack, 'workload', {
      name: 'orders',
      image: ownImage,
      identity,
      environment: {},
      dependsOn: [],
    });
    for (const [path, value] of Object.entries(change)) resourceOf(service as never).addOverride(path, value);
  };

const container = 'spec.template.spec.container.0';

const actsAs =
  (member: string) =>
  ({ stack, identity }: Sample) =>
    addResource(stack, 'google_service_account_iam_member', {
      service_account_id: identity.resourceName,
      role: 'roles/iam.workloadIdentityUser',
      member,
    });

const pool = 'iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/my-project.svc.id.goog';
const account = 'projects/-/serviceAccounts/orders@my-project.iam.gserviceaccount.com';
const onAccount = (member: string) =>
  `${member} has roles/iam.workloadIdentityUser on the service account ${account}`;

export const gkeCases: readonly PolicyCase[] = [
  {
    policy: 'gke-identity-exact',
    title: 'a namespace acts as the identity',
    change: actsAs(`principalSet://${pool}/namespace/shop`),
    found: [onAccount(`principalSet://${pool}/namespace/shop`)],
  },
  {
    policy: 'gke-identity-exact',
    title: 'a whole pool acts as the identity',
    change: actsAs(`principalSet://${pool}/*`),
    found: [onAccount(`principalSet://${pool}/*`)],
  },
  {
    policy: 'gke-identity-exact',
    title: 'one Kubernetes service account acts as the identity',
    change: workload(),
    found: [],
  },
  {
    policy: 'gke-image-by-digest',
    title: 'a tag',
    change: workload({}, 'example.com/orders:1'),
    found: ['the image example.com/orders:1 is named without a digest'],
  },
  { policy: 'gke-image-by-digest', title: 'a digest', change: workload(), found: [] },
  {
    policy: 'gke-code-of-image',
    title: 'a command, a variable that loads code, a ConfigMap of variables and a container before it',
    change: workload({
      [`${container}.command`]: ['sh'],
      [`${container}.env.9`]: { name: 'NODE_OPTIONS', value: '--import=x' },
      [`${container}.env_from`]: [{ config_map_ref: { name: 'x' } }],
      'spec.template.spec.init_container': [{ name: 'before', image }],
    }),
    found: [
      'the container before runs beside the first',
      'a container has command of its own',
      'a container has env_from of its own',
      'the variable NODE_OPTIONS changes what a container runs or whom it asks',
    ],
  },
  { policy: 'gke-code-of-image', title: 'one container as it was built', change: workload(), found: [] },
  {
    policy: 'gke-pod-restricted',
    title: 'a container that may do more',
    change: workload({
      [`${container}.security_context.privileged`]: true,
      [`${container}.security_context.run_as_non_root`]: false,
      [`${container}.security_context.capabilities.drop.0`]: 'KILL',
      'spec.template.spec.host_network': true,
      'spec.template.spec.automount_service_account_token': true,
    }),
    found: [
      'its Pods have host_network',
      'a token for the API server is mounted into its Pods',
      'the container service is privileged',
      'the container service may run as root',
      'the container service has capabilities',
    ],
  },
  {
    policy: 'gke-pod-restricted',
    title: 'a Pod without any of it',
    change: ({ stack }) =>
      addResource(stack, 'kubernetes_pod_v1', {
        metadata: { name: 'shell' },
        spec: { container: [{ name: 'shell', image }] },
      }),
    found: [
      'a token for the API server is mounted into its Pods',
      'the container shell may gain privileges',
      'the container shell may run as root',
      'the container shell may write to its image',
      'the container shell has capabilities',
      'the container shell may make every system call',
    ],
  },
  { policy: 'gke-pod-restricted', title: 'as GkeService makes it', change: workload(), found: [] },
  {
    policy: 'gke-secret-not-in-environment',
    title: 'a password in a variable',
    change: workload({ [`${container}.env.0`]: { name: 'DB_PASSWORD', value: 'hunter2' } }),
    found: ['the variable DB_PASSWORD has a literal value, not shown here'],
  },
  {
    policy: 'gke-secret-not-in-environment',
    title: 'a password in a ConfigMap, and a Secret of Kubernetes',
    change: ({ stack }) => {
      const data = { DB_PASSWORD: 'hunter2', DB_HOST: 'db.example.com' };
      addResource(stack, 'kubernetes_config_map_v1', { metadata: { name: 'orders' }, data });
      addResource(stack, 'kubernetes_secret_v1', { metadata: { name: 'orders' }, data: { tls: 'x' } });
    },
    found: [
      'DB_PASSWORD is written in clear into the state, not shown here',
      'tls is written in clear into the state, not shown here',
    ],
  },
  { policy: 'gke-secret-not-in-environment', title: 'as GkeService makes it', change: workload(), found: [] },
];
