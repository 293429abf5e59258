import type { FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import type { Binding } from '../iam/policy.ts';
import type { Project } from '../state.ts';
import type { BucketSettings } from './bucket-settings.ts';
import type { JsonObject } from './merge-patch.ts';
import { parameter } from './parameters.ts';

/** Who has what by an ACL, e.g. `{ entity: 'allUsers', role: 'READER' }`. */
export interface AclEntry {
  readonly entity: string;
  readonly role: string;
}

/** What an ACL is on. */
export type AclKind = 'bucket' | 'object';

/**
 * The IAM role that each ACL role is: an ACL is kept as bindings of these in the policy, and both show each other's
 * changes (https://cloud.google.com/storage/docs/access-control/iam#acls).
 */
const IAM_ROLES: Readonly<Record<AclKind, Readonly<Record<string, string>>>> = {
  bucket: {
    OWNER: 'roles/storage.legacyBucketOwner',
    WRITER: 'roles/storage.legacyBucketWriter',
    READER: 'roles/storage.legacyBucketReader',
  },
  object: { OWNER: 'roles/storage.legacyObjectOwner', READER: 'roles/storage.legacyObjectReader' },
};

const TEAMS: Readonly<Record<string, string>> = {
  owners: 'projectOwner',
  editors: 'projectEditor',
  viewers: 'projectViewer',
};

/**
 * The entries of an ACL as a client sends it, the last one of an entity.
 * @throws GoogleApiError 400 for an entity or a role that there is not
 */
export function readAcl(kind: AclKind, input: unknown, project: Project): AclEntry[] {
  const entries = [input ?? []].flat().map((entry) => readAclEntry(kind, entry as JsonObject, project));
  return [...new Map(entries.map((entry) => [entry.entity, entry])).values()];
}

/** One entry of it. @throws GoogleApiError 400 */
export function readAclEntry(kind: AclKind, input: JsonObject | null, project: Project): AclEntry {
  const { entity, role } = input ?? {};
  for (const [field, value] of Object.entries({ entity, role })) {
    if (typeof value === 'string' && value !== '') continue;
    throw new GoogleApiError('INVALID_ARGUMENT', `Required: ${field}`, { reason: 'required' });
  }
  if (!Object.hasOwn(IAM_ROLES[kind], String(role))) {
    throw new GoogleApiError('INVALID_ARGUMENT', `Invalid ACL role ${role} of a ${kind}.`);
  }
  return { entity: entityOf(memberOf(String(entity), project), project) ?? '', role: String(role) };
}

/** The ACL that the bindings of a policy are. */
export function aclOf(kind: AclKind, bindings: readonly Binding[], project: Project): AclEntry[] {
  const entries = Object.entries(IAM_ROLES[kind]).flatMap(([role, iamRole]) =>
    bindings
      .filter((binding) => binding.role === iamRole && !binding.condition)
      .flatMap(({ members }) => members.flatMap((member) => entityOf(member, project) ?? []))
      .map((entity) => ({ entity, role })),
  );
  // Who has two roles is shown with the greater one, which comes first.
  return entries.filter(({ entity }, index) => entries.findIndex((one) => one.entity === entity) === index);
}

/** The bindings with this ACL in the place of the one that they are. */
export function withAcl(
  kind: AclKind,
  bindings: readonly Binding[],
  entries: readonly AclEntry[],
  project: Project,
): Binding[] {
  const roles = Object.entries(IAM_ROLES[kind]);
  const others = bindings.filter(
    ({ role, condition }) => condition || !roles.some(([, iamRole]) => iamRole === role),
  );
  const own = roles.map(([role, iamRole]) => ({
    role: iamRole,
    members: entries.filter((entry) => entry.role === role).map(({ entity }) => memberOf(entity, project)),
  }));
  return [...others, ...own.filter(({ members }) => members.length > 0)];
}

/** The resource of an entry, without where it is. */
export function aclEntryBody({ entity, role }: AclEntry, project: Project) {
  const [, team] = /^project-(\w+)-/.exec(entity) ?? [];
  const [, kind, address] = /^(user|group|domain)-(.+)$/.exec(entity) ?? [];
  return {
    entity,
    role,
    ...(team && { projectTeam: { projectNumber: project.projectNumber, team } }),
    ...(kind && { [kind === 'domain' ? 'domain' : 'email']: address }),
  };
}

/**
 * The entries of a predefined ACL (https://cloud.google.com/storage/docs/access-control/lists#predefined-acl).
 * @param owner the entity that uploads an object, if it is somebody
 * @throws GoogleApiError 400 for another name
 */
export function predefinedAcl(kind: AclKind, name: string, project: Project, owner?: string): AclEntry[] {
  const team = (which: string, role: string) => ({
    entity: `project-${which}-${project.projectNumber}`,
    role,
  });
  const own = kind === 'bucket' ? [team('owners', 'OWNER')] : owner ? [{ entity: owner, role: 'OWNER' }] : [];
  const projectPrivate = [
    team('owners', 'OWNER'),
    team('editors', 'OWNER'),
    team('viewers', 'READER'),
    ...(kind === 'object' ? own : []),
  ];
  const lists: Readonly<Record<string, readonly AclEntry[]>> = {
    private: own,
    projectPrivate,
    publicRead: [...own, { entity: 'allUsers', role: 'READER' }],
    authenticatedRead: [...own, { entity: 'allAuthenticatedUsers', role: 'READER' }],
    ...(kind === 'bucket'
      ? { publicReadWrite: [...own, { entity: 'allUsers', role: 'WRITER' }] }
      : {
          bucketOwnerRead: [...own, team('owners', 'READER')],
          bucketOwnerFullControl: [...own, team('owners', 'OWNER')],
        }),
  };
  const list = Object.hasOwn(lists, name) ? lists[name] : undefined;
  if (list) return [...list];
  throw new GoogleApiError('INVALID_ARGUMENT', `Invalid value for a predefined ACL: ${name}`);
}

/** The ACL that a request wants for a resource, by name or in full; undefined where it wants none. */
export function aclWanted(
  kind: AclKind,
  { list, predefined }: { readonly list?: unknown; readonly predefined?: string | undefined },
  project: Project,
  owner?: string,
): AclEntry[] | undefined {
  if (predefined !== undefined) return predefinedAcl(kind, predefined, project, owner);
  return [list ?? []].flat().length > 0 ? readAcl(kind, list, project) : undefined;
}

/** The entity of whoever asks; undefined of nobody. */
export function ownerOf({ principal }: FastifyRequest, project: Project): string | undefined {
  return principal.member === undefined ? undefined : entityOf(principal.member, project);
}

/** Whether ACLs count in a bucket. */
export function hasAcls({
  settings,
}: {
  readonly settings: Pick<BucketSettings, 'iamConfiguration'>;
}): boolean {
  return !settings.iamConfiguration.uniformBucketLevelAccess.enabled;
}

/**
 * Refuses what is done to an ACL where uniform bucket-level access switches ACLs off.
 * @param refusal what Google says of such a request, up to `when`
 */
export function checkHasAcls(settings: Pick<BucketSettings, 'iamConfiguration'>, refusal: string): void {
  if (!settings.iamConfiguration.uniformBucketLevelAccess.enabled) return;
  throw new GoogleApiError(
    'INVALID_ARGUMENT',
    `${refusal} when uniform bucket-level access is enabled. Read more at https://cloud.google.com/storage/docs/uniform-bucket-level-access`,
  );
}

const PARAMETERS = ['predefinedAcl', 'predefinedDefaultObjectAcl', 'destinationPredefinedAcl'];
const FIELDS = ['acl', 'defaultObjectAcl'];

/** Whether a request wants to write an ACL beside what else it writes. */
export function asksForAcl(request: FastifyRequest, resource: JsonObject): boolean {
  const hasParameter = PARAMETERS.some((name) => parameter(request, name) !== undefined);
  return hasParameter || FIELDS.some((field) => [resource[field] ?? []].flat().length > 0);
}

/** @throws GoogleApiError 400 for an entity that there is not */
function memberOf(entity: string, project: Project): string {
  if (entity === 'allUsers' || entity === 'allAuthenticatedUsers') return entity;
  const [, team = '', of] = /^project-(owners|editors|viewers)-(.+)$/.exec(entity) ?? [];
  const kind = TEAMS[team];
  if (kind) return `${kind}:${of === project.projectNumber ? project.projectId : of}`;
  const [, type, address = ''] = /^(user|group|domain)-(\S+)$/.exec(entity) ?? [];
  const isAddress = type === 'domain' ? /^[^@]+\.[^@]+$/.test(address) : /^[^@]+@[^@]+$/.test(address);
  if (type === undefined || !isAddress) {
    throw new GoogleApiError('INVALID_ARGUMENT', `Unknown user or entity: ${entity}`);
  }
  if (type === 'user' && address.endsWith('gserviceaccount.com')) return `serviceAccount:${address}`;
  return `${type}:${address}`;
}

function entityOf(member: string, project: Project): string | undefined {
  if (member === 'allUsers' || member === 'allAuthenticatedUsers') return member;
  const [kind, of] = member.split(':', 2);
  if (of === undefined) return undefined;
  const [team] = Object.entries(TEAMS).find(([, name]) => name === kind) ?? [];
  if (team) return `project-${team}-${of === project.projectId ? project.projectNumber : of}`;
  if (kind === 'serviceAccount' && /^[^[]+@/.test(of)) return `user-${of}`;
  return ['user', 'group', 'domain'].includes(kind ?? '') ? `${kind}-${of}` : undefined;
}
