import { setTimeout as sleep } from 'node:timers/promises';
import Type from 'typebox';
import { createUnlessExists, type GoogleApi } from '../api.ts';
import type { JsonObject } from '../configuration.ts';
import { type Attributes, type ResourceContext, type ResourceType, resourceType } from '../resource-type.ts';
import { kubernetesBody } from './kubernetes-body.ts';

interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly generation?: number;
}

interface KubernetesObject {
  readonly metadata: Metadata;
  readonly spec?: JsonObject & { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly { type: string; status: string; reason?: string; message?: string }[];
  };
}

const Metadata = Type.Object(
  {
    name: Type.String(),
    namespace: Type.Optional(Type.String()),
    labels: Type.Optional(Type.Record(Type.String(), Type.String())),
    annotations: Type.Optional(Type.Record(Type.String(), Type.String())),
  },
  { additionalProperties: false },
);

/** Arguments of every kind; the API server checks what is in a spec. */
const Arguments = Type.Object(
  {
    metadata: Metadata,
    spec: Type.Optional(Type.Object({})),
    automount_service_account_token: Type.Optional(Type.Boolean()),
    wait_for_rollout: Type.Optional(Type.Boolean()),
    timeouts: Type.Optional(Type.Object({})),
  },
  { additionalProperties: false },
);

/** Where the objects of a kind are. */
interface KindPath {
  /** `/api/v1` or `/apis/GROUP/VERSION`. */
  readonly root: string;
  readonly plural: string;
}

/** A Deployment's own timeout is the provider's. */
const ROLLOUT_MILLISECONDS = 15 * 60 * 1000;
const POLL_MILLISECONDS = 50;

function kubernetesType({ root, plural }: KindPath): ResourceType {
  return resourceType({
    arguments: Arguments,
    async apply(args, context) {
      const { timeouts: _, wait_for_rollout: isWaitedFor, ...own } = args;
      const api = await context.kubernetes();
      const { namespace, name } = args.metadata;
      const collection = `${root}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plural}`;
      const body = kubernetesBody(own);
      const created = await createUnlessExists<KubernetesObject>(api, collection, { json: body });
      if (created === undefined) await change(api, `${collection}/${name}`, body, context);
      if (isWaitedFor) await waitForRollout(api, `${collection}/${name}`);
      const stored = await api.request<KubernetesObject>('GET', `${collection}/${name}`);
      return attributesOf(stored);
    },
  });
}

/** As the provider does: by a JSON patch that replaces what it knows, with the replicas that there are. */
async function change(
  api: GoogleApi,
  path: string,
  body: JsonObject,
  { ignoreChanges }: ResourceContext,
): Promise<void> {
  if (ignoreChanges === 'all') return;
  const before = await api.request<KubernetesObject>('GET', path);
  const keepsReplicas = ignoreChanges.includes('spec[0].replicas');
  const spec = body.spec as KubernetesObject['spec'];
  const replicas = keepsReplicas ? before.spec?.replicas : undefined;
  const { labels, annotations } = body.metadata as JsonObject;
  const operations = [
    ...(labels ? [{ op: 'add', path: '/metadata/labels', value: labels }] : []),
    ...(annotations ? [{ op: 'add', path: '/metadata/annotations', value: annotations }] : []),
    ...(spec
      ? [{ op: 'replace', path: '/spec', value: { ...spec, ...(replicas !== undefined && { replicas }) } }]
      : []),
  ];
  const bytes = new TextEncoder().encode(JSON.stringify(operations));
  await api.request('PATCH', path, { body: { contentType: 'application/json-patch+json', bytes } });
}

/** Green is green: every Pod of the new revision is ready, and the old ones are gone. */
async function waitForRollout(api: GoogleApi, path: string): Promise<void> {
  const deadline = Date.now() + ROLLOUT_MILLISECONDS;
  for (;;) {
    const { metadata, spec, status = {} } = await api.request<KubernetesObject>('GET', path);
    const { conditions = [], observedGeneration = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
    if (observedGeneration >= (metadata.generation ?? 0)) {
      const failed = conditions.find(
        ({ type, reason }) => type === 'ReplicaFailure' || reason === 'ProgressDeadlineExceeded',
      );
      if (failed) throw new Error(failed.message ?? 'the rollout failed');
      const isDone = updatedReplicas >= (spec?.replicas ?? 1) && status.replicas === updatedReplicas;
      if (isDone && availableReplicas >= updatedReplicas) return;
    }
    if (Date.now() > deadline) throw new Error('the rollout is still not done after 15 minutes');
    await sleep(POLL_MILLISECONDS, undefined, { signal: api.signal });
  }
}

function attributesOf({ metadata }: KubernetesObject): Attributes {
  const { name, namespace } = metadata;
  return { id: namespace === undefined ? name : `${namespace}/${name}`, metadata: [metadata] };
}

/** The types of Terraform's Kubernetes provider (https://registry.terraform.io/providers/hashicorp/kubernetes/2.38.0). */
export const KUBERNETES_TYPES: Readonly<Record<string, ResourceType>> = {
  kubernetes_namespace_v1: kubernetesType({ root: '/api/v1', plural: 'namespaces' }),
  kubernetes_service_account_v1: kubernetesType({ root: '/api/v1', plural: 'serviceaccounts' }),
  kubernetes_service_v1: kubernetesType({ root: '/api/v1', plural: 'services' }),
  kubernetes_deployment_v1: kubernetesType({ root: '/apis/apps/v1', plural: 'deployments' }),
  kubernetes_horizontal_pod_autoscaler_v2: kubernetesType({
    root: '/apis/autoscaling/v2',
    plural: 'horizontalpodautoscalers',
  }),
  kubernetes_network_policy_v1: kubernetesType({
    root: '/apis/networking.k8s.io/v1',
    plural: 'networkpolicies',
  }),
  kubernetes_pod_disruption_budget_v1: kubernetesType({
    root: '/apis/policy/v1',
    plural: 'poddisruptionbudgets',
  }),
};

/** Where a cluster is, for the provider alone: the applier finds the local one through the local cloud. */
export const containerClusterData = resourceType({
  arguments: Type.Object(
    { name: Type.String(), location: Type.String(), project: Type.Optional(Type.String()) },
    { additionalProperties: false },
  ),
  async apply({ name, location, project }, context) {
    const id = `projects/${project ?? context.project}/locations/${location}/clusters/${name}`;
    return { id, endpoint: '127.0.0.1', master_auth: [{ cluster_ca_certificate: '' }] };
  },
});
