import { kindNamed } from './kinds.ts';
import { type Fields, isFields, type KubernetesObject } from './objects.ts';
import type { Registry, WriteOptions } from './registry.ts';

/** The subresource `scale` of a Deployment. */
export function scaleOf({ metadata, spec, status }: KubernetesObject): Fields {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const labels = Object.entries(spec.selector.matchLabels ?? {}) as [string, string][];
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: spec.replicas },
    status: {
      replicas: status.replicas ?? 0,
      selector: labels.map(([label, value]) => `${label}=${value}`).join(','),
    },
  };
}

/** Sets the number of replicas, by a Scale or a merge patch of one. */
export function patchScale(
  registry: Registry,
  deployment: KubernetesObject,
  body: unknown,
  options: WriteOptions,
): Fields {
  const replicas = isFields(body) ? body.spec?.replicas : undefined;
  const after = { spec: { replicas: replicas ?? deployment.spec.replicas } };
  const kind = kindNamed('Deployment');
  return scaleOf(registry.patch(kind, deployment, 'application/merge-patch+json', after, options));
}
