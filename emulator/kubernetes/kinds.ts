/** A kind of objects, and how its API answers. */
export interface Kind {
  /** API group; empty for the core one. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** As in URLs. */
  readonly plural: string;
  readonly shortNames?: readonly string[];
  readonly namespaced: boolean;
  /** Whether `kubectl get all` shows it. @default false */
  readonly isOfAll?: boolean;
  /** Subresources beside `status`, which every kind with a status has. */
  readonly subresources?: readonly Subresource[];
  readonly hasStatus: boolean;
  /** Whether `metadata.generation` counts the changes of its spec. */
  readonly hasGeneration: boolean;
  /** Whether DELETE answers with the object instead of a Status. */
  readonly answersWithDeleted: boolean;
  /** How GKE's permissions name it: `container.NAME.get`. */
  readonly permission: string;
}

/** What an object can be asked besides itself. */
export interface Subresource {
  readonly name: string;
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
}

const core = { group: '', version: 'v1', hasGeneration: false, hasStatus: false, answersWithDeleted: false };
const apps = {
  group: 'apps',
  version: 'v1',
  hasGeneration: true,
  hasStatus: true,
  answersWithDeleted: false,
};
const WRITE = ['get', 'patch', 'update'];
const SCALE: Subresource = {
  name: 'scale',
  kind: 'Scale',
  group: 'autoscaling',
  version: 'v1',
  verbs: WRITE,
};

/**
 * The kinds that the local cluster has: those that a workload with workload identity is made of, and what they become.
 * Names are those of the discovery answers of Kubernetes 1.34.
 */
export const KINDS: readonly Kind[] = [
  {
    ...core,
    kind: 'ConfigMap',
    plural: 'configmaps',
    shortNames: ['cm'],
    namespaced: true,
    permission: 'configMaps',
  },
  {
    ...core,
    kind: 'Event',
    plural: 'events',
    shortNames: ['ev'],
    namespaced: true,
    permission: 'events',
  },
  {
    ...core,
    kind: 'Namespace',
    plural: 'namespaces',
    shortNames: ['ns'],
    namespaced: false,
    hasStatus: true,
    answersWithDeleted: true,
    permission: 'namespaces',
  },
  {
    ...core,
    kind: 'Pod',
    plural: 'pods',
    shortNames: ['po'],
    namespaced: true,
    isOfAll: true,
    hasStatus: true,
    hasGeneration: true,
    answersWithDeleted: true,
    subresources: [{ name: 'log', kind: 'Pod', verbs: ['get'] }],
    permission: 'pods',
  },
  {
    ...core,
    kind: 'ServiceAccount',
    plural: 'serviceaccounts',
    shortNames: ['sa'],
    namespaced: true,
    answersWithDeleted: true,
    permission: 'serviceAccounts',
  },
  {
    ...core,
    kind: 'Service',
    plural: 'services',
    shortNames: ['svc'],
    namespaced: true,
    isOfAll: true,
    hasStatus: true,
    answersWithDeleted: true,
    subresources: [
      {
        name: 'proxy',
        kind: 'ServiceProxyOptions',
        verbs: ['create', 'delete', 'get', 'patch', 'update'],
      },
    ],
    permission: 'services',
  },
  {
    ...apps,
    kind: 'Deployment',
    plural: 'deployments',
    shortNames: ['deploy'],
    namespaced: true,
    isOfAll: true,
    subresources: [SCALE],
    permission: 'deployments',
  },
  {
    ...apps,
    kind: 'ReplicaSet',
    plural: 'replicasets',
    shortNames: ['rs'],
    namespaced: true,
    isOfAll: true,
    permission: 'replicaSets',
  },
  {
    ...apps,
    group: 'autoscaling',
    version: 'v2',
    hasGeneration: false,
    kind: 'HorizontalPodAutoscaler',
    plural: 'horizontalpodautoscalers',
    shortNames: ['hpa'],
    namespaced: true,
    isOfAll: true,
    permission: 'horizontalPodAutoscalers',
  },
  {
    ...apps,
    group: 'networking.k8s.io',
    hasStatus: false,
    kind: 'NetworkPolicy',
    plural: 'networkpolicies',
    shortNames: ['netpol'],
    namespaced: true,
    permission: 'networkPolicies',
  },
  {
    ...apps,
    group: 'policy',
    kind: 'PodDisruptionBudget',
    plural: 'poddisruptionbudgets',
    shortNames: ['pdb'],
    namespaced: true,
    permission: 'podDisruptionBudgets',
  },
];

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** The verbs of a kind, as discovery lists them. A namespace is never deleted together with others. */
export function verbsOf({ kind }: Kind): string[] {
  return kind === 'Namespace' ? VERBS.filter((verb) => verb !== 'deletecollection') : VERBS;
}

/** All subresources of a kind. */
export function subresourcesOf(kind: Kind): readonly Subresource[] {
  const status = { name: 'status', kind: kind.kind, verbs: WRITE };
  const all = [...(kind.subresources ?? []), ...(kind.hasStatus ? [status] : [])];
  return all.sort((one, other) => one.name.localeCompare(other.name));
}

/** The singular name, as kubectl takes it. */
export function singularOf({ kind }: Kind): string {
  return kind.toLowerCase();
}

/** `apiVersion` of the kind's objects. */
export function apiVersionOf({ group, version }: Pick<Kind, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** A kind by its name in URLs and its group; undefined where there is none. */
export function findKind(group: string, version: string, plural: string): Kind | undefined {
  return KINDS.find((kind) => kind.group === group && kind.version === version && kind.plural === plural);
}

/** A kind that is there, by its name. */
export function kindNamed(name: string): Kind {
  const found = KINDS.find(({ kind }) => kind === name);
  if (!found) throw new Error(`The local cluster has no kind ${name}.`);
  return found;
}
