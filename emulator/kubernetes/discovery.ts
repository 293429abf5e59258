import { apiVersionOf, KINDS, type Kind, singularOf, subresourcesOf, verbsOf } from './kinds.ts';
import type { Fields } from './objects.ts';

/** Of Kubernetes 1.34, as the recordings were made with. */
export const VERSION = {
  major: '1',
  minor: '34',
  emulationMajor: '1',
  emulationMinor: '34',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '33',
  gitVersion: 'v1.34.4',
  gitCommit: '$Format:%H$',
  gitTreeState: '',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: 'go1.26.8',
  compiler: 'gc',
  platform: 'linux/amd64',
} as const;

/** The kind of reviews by which clients ask what they may. It is not stored. */
const REVIEWS = {
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
};

const GROUPS = [...new Set([...KINDS.map(({ group }) => group), REVIEWS.group])].filter(
  (name) => name !== '',
);
const versionOf = (group: string) => KINDS.find((kind) => kind.group === group)?.version ?? REVIEWS.version;

/** `/api`, as of before discovery was one answer. */
export function apiVersions(host: string): Fields {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: host }],
  };
}

/** `/apis`, in the same way. */
export function apiGroups(): Fields {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: GROUPS.map((name) => groupOf(name)) };
}

/** `/apis/GROUP`; undefined for a group that is not there. */
export function apiGroup(name: string): Fields | undefined {
  return GROUPS.includes(name) ? { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(name) } : undefined;
}

function groupOf(name: string): Fields {
  const version = { groupVersion: `${name}/${versionOf(name)}`, version: versionOf(name) };
  return { name, versions: [version], preferredVersion: version };
}

/** `/api/v1` and `/apis/GROUP/VERSION`; undefined for what is not there. */
export function apiResources(group: string, version: string): Fields | undefined {
  const kinds = KINDS.filter((kind) => kind.group === group && kind.version === version);
  const isReviews = group === REVIEWS.group && version === REVIEWS.version;
  if (kinds.length === 0 && !isReviews) return undefined;
  const review = {
    name: REVIEWS.plural,
    singularName: REVIEWS.kind.toLowerCase(),
    namespaced: false,
    kind: REVIEWS.kind,
    verbs: ['create'],
  };
  return {
    kind: 'APIResourceList',
    ...(group !== '' && { apiVersion: 'v1' }),
    groupVersion: apiVersionOf({ group, version }),
    resources: isReviews ? [review] : kinds.flatMap(resourcesOf),
  };
}

function resourcesOf(kind: Kind): Fields[] {
  return [
    {
      name: kind.plural,
      singularName: singularOf(kind),
      namespaced: kind.namespaced,
      kind: kind.kind,
      verbs: verbsOf(kind),
      ...(kind.shortNames && { shortNames: kind.shortNames }),
      ...(kind.isOfAll && { categories: ['all'] }),
    },
    ...subresourcesOf(kind).map((subresource) => ({
      name: `${kind.plural}/${subresource.name}`,
      singularName: '',
      namespaced: kind.namespaced,
      ...(subresource.group && { group: subresource.group, version: subresource.version }),
      kind: subresource.kind,
      verbs: subresource.verbs,
    })),
  ];
}

/** What `Accept` names to get all of discovery in one answer. */
export const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** All kinds of the core group, or of the others, in one answer. */
export function aggregatedDiscovery(isCore: boolean): Fields {
  const groups = isCore ? [''] : GROUPS;
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map((group) => ({
      metadata: group === '' ? {} : { name: group },
      versions: [{ version: versionOf(group), resources: discovered(group), freshness: 'Current' }],
    })),
  };
}

function discovered(group: string): Fields[] {
  const responseKind = { group: '', version: '' };
  if (group === REVIEWS.group) {
    const { kind, plural: resource } = REVIEWS;
    return [
      {
        resource,
        responseKind: { ...responseKind, kind },
        scope: 'Cluster',
        singularResource: kind.toLowerCase(),
        verbs: ['create'],
      },
    ];
  }
  return KINDS.filter((kind) => kind.group === group).map((kind) => ({
    resource: kind.plural,
    responseKind: { ...responseKind, kind: kind.kind },
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singularOf(kind),
    verbs: verbsOf(kind),
    ...(kind.shortNames && { shortNames: kind.shortNames }),
    ...(kind.isOfAll && { categories: ['all'] }),
    ...(subresourcesOf(kind).length > 0 && {
      subresources: subresourcesOf(kind).map(
        ({ name, kind: answer, group: of = '', version = '', verbs }) => ({
          subresource: name,
          responseKind: { group: of, version, kind: answer },
          verbs,
        }),
      ),
    }),
  }));
}

/** `/openapi/v3`: where the documents of the groups are. */
export function openApiRoot(): Fields {
  const versions = [...new Set(KINDS.map(({ group, version }) => pathOf({ group, version })))];
  return {
    paths: Object.fromEntries(
      versions.map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${VERSION.gitVersion}` }]),
    ),
  };
}

/**
 * `/openapi/v3/api/v1` and the like: as much as `kubectl apply` looks for before it leaves checking to the server and
 * takes the merge keys that it was built with. Undefined for what is not there.
 */
export function openApiDocument(path: string): Fields | undefined {
  const kinds = KINDS.filter((kind) => pathOf(kind) === path);
  if (kinds.length === 0) return undefined;
  const parameter = (name: string) => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } });
  const parameters = ['dryRun', 'fieldManager', 'fieldValidation'].map(parameter);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: VERSION.gitVersion },
    paths: Object.fromEntries(
      kinds.map(({ group, version, kind, plural, namespaced }) => [
        `/${path}${namespaced ? '/namespaces/{namespace}' : ''}/${plural}/{name}`,
        {
          patch: {
            parameters,
            'x-kubernetes-action': 'patch',
            'x-kubernetes-group-version-kind': { group, version, kind },
          },
        },
      ]),
    ),
    components: { schemas: {} },
  };
}

function pathOf({ group, version }: Pick<Kind, 'group' | 'version'>): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}
