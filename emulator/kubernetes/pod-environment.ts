import type { GkeMetadataServers } from './gke-metadata.ts';
import { kindNamed } from './kinds.ts';
import type { Fields, KubernetesObject } from './objects.ts';
import type { Registry } from './registry.ts';

/** What environments are made from. */
export interface EnvironmentContext {
  readonly registry: Registry;
  readonly metadata: GkeMetadataServers;
  /** `host:port` of the API server. */
  readonly apiAddress: () => string;
}

/** The whole environment of a Pod's container, PORT apart: what the Pod says, and what Kubernetes and GKE add. */
export async function podEnvironment(
  pod: KubernetesObject,
  container: Fields,
  { registry, metadata, apiAddress }: EnvironmentContext,
): Promise<Record<string, string>> {
  const { name, namespace = '' } = pod.metadata;
  const configured = ((container.env ?? []) as Fields[]).flatMap((variable) => {
    const value = variable.value ?? valueFrom(pod, variable.valueFrom ?? {}, registry.store);
    return [[variable.name, value ?? '']];
  });
  const [host = '', port = ''] = apiAddress().split(':');
  return {
    ...Object.fromEntries(configured),
    HOSTNAME: name,
    KUBERNETES_SERVICE_HOST: host,
    KUBERNETES_SERVICE_PORT: port,
    // A Pod of GKE reaches the metadata server by its usual name; a process of this machine does not.
    GCE_METADATA_HOST: await metadata.addressFor(namespace, pod.spec.serviceAccountName ?? 'default'),
    METADATA_SERVER_DETECTION: 'assume-present',
  };
}

/** https://kubernetes.io/docs/concepts/workloads/pods/downward-api/, and keys of a ConfigMap. */
function valueFrom(
  pod: KubernetesObject,
  { fieldRef, configMapKeyRef }: Fields,
  store: Registry['store'],
): string | undefined {
  if (configMapKeyRef) {
    const map = store.find(kindNamed('ConfigMap'), pod.metadata.namespace, configMapKeyRef.name);
    return map?.data?.[configMapKeyRef.key];
  }
  const path = String(fieldRef?.fieldPath ?? '');
  const [, map, key] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path) ?? [];
  if (map && key) return pod.metadata[map]?.[key];
  const found = path.split('.').reduce<unknown>((inner, name) => (inner as Fields)?.[name], pod);
  return found === undefined ? undefined : String(found);
}
