import { GoogleApiError } from '../http/errors.ts';
import { type KmsPath, resourceOf as kmsResource } from '../kms/key-store.ts';
import { type CloudState, projectIdOf, projectResource } from '../state.ts';
import type { Resource } from './authorizer.ts';
import { serviceAccountResource } from './service-accounts.ts';

type Named = Readonly<Record<string, string>>;

/** Full resource names by service, and the resource that each stands for. */
const PATTERNS: readonly [pattern: RegExp, resource: (named: Named, projectId: string) => Resource][] = [
  [
    /^\/\/cloudresourcemanager\.googleapis\.com\/projects\/(?<project>[^/]+)$/,
    (_, projectId) => projectResource(projectId),
  ],
  [
    /^\/\/cloudkms\.googleapis\.com\/projects\/(?<project>[^/]+)\/locations\/(?<location>[^/]+)\/keyRings\/(?<ring>[^/]+)(\/cryptoKeys\/(?<key>[^/]+)(\/cryptoKeyVersions\/(?<version>\d+))?)?$/,
    (named, project) => kmsResource({ ...(defined(named) as unknown as KmsPath), project }),
  ],
  [
    /^\/\/iam\.googleapis\.com\/projects\/(?<project>[^/]+)\/serviceAccounts\/(?<account>[^/]+)$/,
    ({ account = '' }, projectId) => serviceAccountResource(projectId, account),
  ],
  [
    /^\/\/(?<service>storage\.googleapis\.com)\/(?<name>projects\/_\/buckets\/[^/]+)(?<object>\/objects\/.+)?$/,
    ({ service = '', name = '', object }, projectId) => ({
      name: name + (object ?? ''),
      type: `${service}/${object ? 'Object' : 'Bucket'}`,
      service,
      policies: [name, `projects/${projectId}`],
    }),
  ],
  [
    /^\/\/(?<service>run|artifactregistry)\.googleapis\.com\/projects\/(?<project>[^/]+)\/(?<rest>locations\/[^/]+\/(services|repositories)\/[^/]+)$/,
    ({ service = '', rest = '' }, projectId) => {
      const name = `projects/${projectId}/${rest}`;
      const host = `${service}.googleapis.com`;
      const type = `${host}/${service === 'run' ? 'Service' : 'Repository'}`;
      return { name, type, service: host, policies: [name, `projects/${projectId}`] };
    },
  ],
];

/**
 * The resource of a full resource name such as `//storage.googleapis.com/projects/_/buckets/B/objects/O`
 * (https://cloud.google.com/iam/docs/full-resource-names), whether it exists or not.
 * @throws GoogleApiError INVALID_ARGUMENT with the forms that are known
 */
export function resourceOfFullName(state: CloudState, fullName: string): Resource {
  for (const [pattern, resource] of PATTERNS) {
    const groups = pattern.exec(fullName)?.groups;
    if (groups) return resource(groups, projectIdOf(state, groups.project ?? state.project.projectId));
  }
  throw new GoogleApiError(
    'INVALID_ARGUMENT',
    `Invalid full resource name '${fullName}': it begins with // and the service, e.g. //storage.googleapis.com/projects/_/buckets/BUCKET/objects/OBJECT, //cloudkms.googleapis.com/projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY, //cloudresourcemanager.googleapis.com/projects/PROJECT.`,
  );
}

/** The full resource name of the resource that a policy is attached to. */
export function fullNameOfPolicy(policy: string): string {
  if (policy.startsWith('projects/_/buckets/')) return `//storage.googleapis.com/${policy}`;
  if (/\/keyRings\//.test(policy)) return `//cloudkms.googleapis.com/${policy}`;
  if (/\/serviceAccounts\//.test(policy)) return `//iam.googleapis.com/${policy}`;
  if (/\/repositories\//.test(policy)) return `//artifactregistry.googleapis.com/${policy}`;
  if (/\/services\//.test(policy)) return `//run.googleapis.com/${policy}`;
  return `//cloudresourcemanager.googleapis.com/${policy}`;
}

function defined(named: Named): Named {
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}
