import { expect, test } from 'vitest';
import { EncryptedObject } from '../../constructs/encrypted-object.ts';
import { EncryptionKey } from '../../constructs/encryption-key.ts';
import { ExistingBucket } from '../../constructs/existing-bucket.ts';
import { GkeCluster } from '../../constructs/gke/cluster.ts';
import { GkeService, type GkeServiceProps } from '../../constructs/gke/gke-service.ts';
import { KubernetesIdentity, kubernetesPrincipal } from '../../constructs/gke/kubernetes-identity.ts';
import { GkeNamespace } from '../../constructs/gke/namespace.ts';
import { ServiceIdentity } from '../../constructs/service-identity.ts';
import { KUBERNETES_PROVIDER_VERSION, providerSchemas } from './support/provider-schema.ts';
import { foundationStack, serviceStack } from './support/stacks.ts';
import { only, reference, synthesize } from './support/synthesize.ts';
import { validateStack } from './support/validate-stack.ts';

const cluster = { projectId: 'my-project', location: 'us-central1', name: 'main' };

/** A workload in the namespace orders, and what it needs of Google's. */
function workload(props: Partial<GkeServiceProps> = {}, kubeContext?: string) {
  return synthesize((stack) => {
    const { projectId } = new GkeCluster(stack, 'cluster', {
      ...cluster,
      ...(kubeContext && { kubeContext }),
    });
    const actsAs = new ServiceIdentity(stack, 'identity', { accountId: 'orders', displayName: 'Orders' });
    const namespace = new GkeNamespace(stack, 'namespace', { name: 'shop' });
    const identity = new KubernetesIdentity(stack, 'workload-identity', {
      name: 'orders',
      namespace,
      clusterProjectId: projectId,
      actsAs,
    });
    new GkeService(stack, 'service', {
      name: 'orders',
      image: 'example.com/orders@sha256:0',
      identity,
      environment: { BUCKET_NAME: 'b' },
      dependsOn: [],
      ...props,
    });
  }).json;
}

test('everything is what the providers take', () => {
  const json = workload();
  expect(validateStack(json, providerSchemas())).toEqual([]);
  expect(json.terraform.required_providers.kubernetes).toEqual({
    source: 'kubernetes',
    version: KUBERNETES_PROVIDER_VERSION,
  });
});

test('the cluster is asked for its address, and whoever deploys for a token: none is written down', () => {
  const data = 'data.google_container_cluster.cluster';
  expect(workload().provider.kubernetes).toEqual([
    {
      host: `https://${reference(`${data}.endpoint`)}`,
      cluster_ca_certificate: reference(`base64decode(${data}.master_auth[0].cluster_ca_certificate)`),
      exec: [{ api_version: 'client.authentication.k8s.io/v1beta1', command: 'gke-gcloud-auth-plugin' }],
      ignore_annotations: ['^autopilot\\.gke\\.io\\/.*', '^cloud\\.google\\.com\\/.*'],
    },
  ]);
  expect(workload({}, 'fleet').provider.kubernetes).toEqual([
    { config_context: 'fleet', ignore_annotations: expect.anything() },
  ]);
  expect(workload({}, 'fleet').data).toBeUndefined();
});

test('Pods of exactly one Kubernetes service account act as the service account', () => {
  const json = workload();
  expect(only(json, 'google_service_account_iam_member')).toMatchObject({
    service_account_id: reference('google_service_account.identity.name'),
    role: 'roles/iam.workloadIdentityUser',
    member: 'serviceAccount:my-project.svc.id.goog[shop/orders]',
  });
  expect(only(json, 'kubernetes_service_account_v1')).toMatchObject({
    metadata: {
      name: 'orders',
      namespace: reference('kubernetes_namespace_v1.namespace.metadata[0].name'),
      annotations: {
        'iam.gke.io/gcp-service-account': reference('google_service_account.identity.email'),
      },
    },
    automount_service_account_token: false,
  });
});

test('the namespace refuses Pods that are not restricted', () => {
  expect(only(workload(), 'kubernetes_namespace_v1').metadata).toEqual({
    name: 'shop',
    labels: {
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/warn': 'restricted',
    },
  });
});

test('the Deployment is waited for, and comes after what its Pods need', () => {
  const deployment = only(workload(), 'kubernetes_deployment_v1');
  expect(deployment).toMatchObject({
    wait_for_rollout: true,
    timeouts: { create: '15m', update: '15m' },
    lifecycle: { ignore_changes: ['spec[0].replicas', 'spec[0].template[0].spec[0].toleration'] },
    depends_on: [
      'google_service_account_iam_member.workload-identity',
      'kubernetes_network_policy_v1.service',
    ].map((address) => expect.stringContaining(address)),
  });
  expect(deployment.spec).toMatchObject({
    replicas: '2',
    progress_deadline_seconds: 600,
    strategy: { type: 'RollingUpdate', rolling_update: { max_unavailable: '0', max_surge: '1' } },
  });
});

test('a Pod is confined, spread over zones, and has what Autopilot would otherwise fill in', () => {
  const { spec } = only(workload(), 'kubernetes_deployment_v1').spec.template;
  const resources = { cpu: '500m', memory: '512Mi', 'ephemeral-storage': '1Gi' };
  expect(spec).toMatchObject({
    service_account_name: reference('kubernetes_service_account_v1.workload-identity.metadata[0].name'),
    automount_service_account_token: false,
    enable_service_links: false,
    security_context: {
      run_as_non_root: true,
      run_as_user: '65532',
      seccomp_profile: { type: 'RuntimeDefault' },
    },
    topology_spread_constraint: [{ topology_key: 'topology.kubernetes.io/zone' }],
    container: [
      {
        image: 'example.com/orders@sha256:0',
        resources: { limits: resources, requests: resources },
        security_context: {
          allow_privilege_escalation: false,
          read_only_root_filesystem: true,
          run_as_non_root: true,
          privileged: false,
          capabilities: { drop: ['ALL'] },
        },
        startup_probe: { http_get: { path: '/health/startup', port: '8080' }, failure_threshold: 240 },
        readiness_probe: { http_get: { path: '/health/ready', port: '8080' } },
        liveness_probe: { http_get: { path: '/health/live', port: '8080' } },
      },
    ],
  });
  expect(spec.container[0].env).toEqual([
    { name: 'BUCKET_NAME', value: 'b' },
    { name: 'PORT', value: '8080' },
    {
      name: 'SERVICE_NAME',
      value_from: { field_ref: { api_version: 'v1', field_path: "metadata.labels['app']" } },
    },
    {
      name: 'SERVICE_REVISION',
      value_from: { field_ref: { api_version: 'v1', field_path: 'metadata.name' } },
    },
  ]);
});

test('traffic is let through to the metadata server, DNS, Google and what the app names', () => {
  const egress = (props: Partial<GkeServiceProps>) =>
    only(workload(props), 'kubernetes_network_policy_v1').spec.egress;
  const fixed = [
    {
      to: [{ ip_block: { cidr: '169.254.169.252/32' } }],
      ports: [
        { protocol: 'TCP', port: '988' },
        { protocol: 'TCP', port: '987' },
      ],
    },
    {
      to: [{ ip_block: { cidr: '169.254.169.254/32' } }],
      ports: [
        { protocol: 'TCP', port: '80' },
        { protocol: 'TCP', port: '8080' },
      ],
    },
    {
      ports: [
        { protocol: 'UDP', port: '53' },
        { protocol: 'TCP', port: '53' },
      ],
    },
  ];
  const except = ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'];
  expect(egress({})).toEqual([
    ...fixed,
    { to: [{ ip_block: { cidr: '0.0.0.0/0', except } }], ports: [{ protocol: 'TCP', port: '443' }] },
  ]);
  const own = {
    googleApiRanges: ['199.36.153.8/30'],
    egress: [{ cidr: '10.1.2.3/32', ports: [5432] }],
  };
  expect(egress(own)).toEqual([
    ...fixed,
    { to: [{ ip_block: { cidr: '199.36.153.8/30' } }], ports: [{ protocol: 'TCP', port: '443' }] },
    { to: [{ ip_block: { cidr: '10.1.2.3/32' } }], ports: [{ protocol: 'TCP', port: '5432' }] },
  ]);
});

test('it scales, and one Pod at most is taken away on purpose', () => {
  const json = workload({ minReplicas: 3, maxReplicas: 9 });
  expect(only(json, 'kubernetes_horizontal_pod_autoscaler_v2').spec).toMatchObject({
    min_replicas: 3,
    max_replicas: 9,
    scale_target_ref: { api_version: 'apps/v1', kind: 'Deployment', name: 'orders' },
    metric: [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', average_utilization: 70 } },
      },
    ],
  });
  expect(only(json, 'kubernetes_pod_disruption_budget_v1').spec).toEqual({
    max_unavailable: '1',
    selector: { match_labels: { app: 'orders' } },
  });
  expect(only(json, 'kubernetes_service_v1').spec).toEqual({
    type: 'ClusterIP',
    selector: { app: 'orders' },
    port: [{ name: 'http', protocol: 'TCP', port: 80, target_port: 'http' }],
  });
});

test('a direct grant names the Kubernetes service account, and no service account of Google is made', () => {
  const member =
    'principal://iam.googleapis.com/projects/1234/locations/global/workloadIdentityPools/my-project.svc.id.goog/subject/ns/shop/sa/orders';
  const { json } = synthesize((stack, directory) => {
    const principal = kubernetesPrincipal({
      clusterProjectId: 'my-project',
      clusterProjectNumber: '1234',
      namespace: 'shop',
      name: 'orders',
    });
    const key = new EncryptionKey(stack, 'key', {
      keyId: 'projects/my-project/locations/global/keyRings/r/cryptoKeys/k',
    });
    key.grantDecrypt(principal);
    const bucket = new ExistingBucket(stack, 'bucket', { name: 'theirs' });
    const encryptedFile = `${directory}/config.enc`;
    const config = new EncryptedObject(stack, 'config', {
      bucket,
      objectName: 'config.enc',
      key,
      encryptedFile,
    });
    config.grantRead(principal);
    new GkeCluster(stack, 'cluster', cluster);
    new KubernetesIdentity(stack, 'identity', {
      name: 'orders',
      namespace: new GkeNamespace(stack, 'namespace', { name: 'shop' }),
      clusterProjectId: 'my-project',
    });
  });
  expect(only(json, 'google_kms_crypto_key_iam_member').member).toBe(member);
  expect(only(json, 'google_storage_bucket_iam_member').member).toBe(member);
  expect(only(json, 'kubernetes_service_account_v1').metadata.annotations).toBeUndefined();
  expect(json.resource.google_service_account_iam_member).toBeUndefined();
  expect(validateStack(json, providerSchemas())).toEqual([]);
});

test('a setting runs the service on GKE: the same identity, key, bucket and object, and no Cloud Run service', () => {
  const gke = { platform: 'gke', cluster: 'projects/fleet-project/locations/us-central1/clusters/main' };
  const { resource, output } = serviceStack(gke).json;
  expect(Object.keys(resource).sort()).toEqual([
    'google_kms_crypto_key_iam_member',
    'google_service_account',
    'google_service_account_iam_member',
    'google_storage_bucket',
    'google_storage_bucket_iam_member',
    'google_storage_bucket_object',
    'kubernetes_deployment_v1',
    'kubernetes_horizontal_pod_autoscaler_v2',
    'kubernetes_namespace_v1',
    'kubernetes_network_policy_v1',
    'kubernetes_pod_disruption_budget_v1',
    'kubernetes_service_account_v1',
    'kubernetes_service_v1',
  ]);
  const cloudRun = serviceStack().json.resource;
  for (const type of ['google_kms_crypto_key_iam_member', 'google_storage_bucket_iam_member']) {
    expect(resource[type]).toEqual(cloudRun[type]);
  }
  expect(only({ resource } as never, 'google_service_account_iam_member').member).toBe(
    'serviceAccount:fleet-project.svc.id.goog[cloudrun-identity/cloudrun-identity]',
  );
  expect(output.service_url?.value).toBe('http://cloudrun-identity.cloudrun-identity.svc.cluster.local');
});

test('the foundation turns on the API by which the metadata server gets tokens', () => {
  const gke = { platform: 'gke', cluster: 'projects/fleet-project/locations/us-central1/clusters/main' };
  const services = Object.values(foundationStack(gke).json.resource.google_project_service ?? {});
  expect(services.map(({ service }) => service)).toContain('iamcredentials.googleapis.com');
});

test('telemetry gets through to its collector', () => {
  const gke = { platform: 'gke', cluster: 'projects/my-project/locations/us-central1/clusters/main' };
  const { json } = serviceStack({ ...gke, telemetryEndpoint: 'http://collector.example.com:4318' });
  expect(only(json, 'kubernetes_network_policy_v1').spec.egress).toContainEqual({
    to: [{ ip_block: { cidr: '0.0.0.0/0' } }],
    ports: [{ protocol: 'TCP', port: '4318' }],
  });
});

test('a service on GKE is neither called by IAM nor calls so', () => {
  const cluster = 'projects/my-project/locations/us-central1/clusters/main';
  const services = [
    { name: 'orders', platform: 'gke' },
    { name: 'front-page', calls: ['orders'] },
  ];
  expect(() => serviceStack({ cluster, services })).toThrow(
    'services/orders runs on GKE, where IAM does not decide who may call it.',
  );
});
