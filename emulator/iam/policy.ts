import { randomBytes } from 'node:crypto';
import { GoogleApiError } from '../http/errors.ts';
import { checkCondition } from './condition.ts';
import type { Roles } from './custom-roles.ts';
import { ROLES } from './roles.ts';

/** google.type.Expr: a CEL expression with its title. */
export interface Condition {
  readonly title?: string;
  readonly description?: string;
  readonly expression: string;
  readonly location?: string;
}

/** google.iam.v1.Binding: who has which role, under which condition. */
export interface Binding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: Condition;
}

/** google.iam.v1.Policy as it is kept: version and etag are the local cloud's. */
export interface Policy {
  readonly version: 1 | 3;
  readonly etag: string;
  readonly bindings: readonly Binding[];
  /** Which data accesses are logged; of projects only. The local cloud keeps it and logs all. */
  readonly auditConfigs?: readonly unknown[];
}

/** A policy as a client sends it to be set. */
export interface PolicyInput {
  readonly version?: number;
  readonly etag?: string;
  readonly bindings?: readonly Binding[];
  readonly auditConfigs?: readonly unknown[];
}

/** How many principals all bindings of a policy may have together. */
const MEMBER_LIMIT = 1500;

const MEMBER =
  /^(allUsers|allAuthenticatedUsers|(user|group|serviceAccount):[^\s:@]+@[^\s:@]+|domain:[^\s:@]+|project(Owner|Editor|Viewer):[^\s:]+|deleted:(user|group|serviceAccount):[^\s:@]+@[^\s:@?]+\?uid=\d+|serviceAccount:[a-z0-9.:-]+\.svc\.id\.goog\[[a-z0-9-]+\/[a-z0-9.-]+\]|principal(Set)?:\/\/iam\.googleapis\.com\/\S+)$/;

/**
 * Makes the policy to keep out of the policy that a client sent.
 * Rules of https://cloud.google.com/iam/docs/reference/rest/v1/Policy: conditions need version 3; an etag that is
 * not the current one means that somebody else wrote in between; bindings of one role and condition are one.
 * @param roles what may be granted
 * @param updateMask the fields to set: `auditConfigs` is not among those of a request that names none
 * @throws GoogleApiError INVALID_ARGUMENT for a malformed policy, ABORTED (409) for a stale etag
 */
export function nextPolicy(
  current: Policy,
  input: PolicyInput,
  roles: Pick<Roles, 'isKnown'>,
  updateMask = 'bindings,etag',
): Policy {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new GoogleApiError('INVALID_ARGUMENT', 'Request must contain a policy.');
  }
  if (input.etag !== undefined && input.etag !== '' && !isSameEtag(input.etag, current.etag)) {
    throw new GoogleApiError(
      'ABORTED',
      "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff. The request's ETag did not match the current policy's ETag.",
    );
  }
  const fields = updateMask.split(',');
  const bindings = fields.includes('bindings')
    ? mergeBindings(bindingsOf(input).map((binding) => checkBinding(binding, roles)))
    : current.bindings;
  const { auditConfigs } = fields.includes('auditConfigs') ? input : current;
  checkSize(bindings);
  const conditional = bindings.some((binding) => binding.condition);
  if (conditional && input.version !== 3) {
    throw new GoogleApiError(
      'INVALID_ARGUMENT',
      `Invalid argument: 'An invalid argument was specified. Please check the fields and try again.' Policies with conditions must have version 3, got ${input.version ?? 'none'}.`,
    );
  }
  return {
    version: conditional ? 3 : 1,
    etag: newEtag(),
    bindings,
    ...(auditConfigs && auditConfigs.length > 0 && { auditConfigs }),
  };
}

/** A policy with the given bindings, as a new resource has it. */
export function initialPolicy(bindings: readonly Binding[] = []): Policy {
  return { version: 1, etag: newEtag(), bindings };
}

/** The JSON form of a policy: an empty list of bindings is left out, as Google does. */
export function policyBody(policy: Policy) {
  const { version, etag, bindings, auditConfigs } = policy;
  return { version, etag, ...(bindings.length > 0 && { bindings }), ...(auditConfigs && { auditConfigs }) };
}

/** The policy without a member that was deleted: Google renames it, so that a namesake does not inherit its roles. */
export function withDeletedMember(policy: Policy, member: string, uid: string): Policy {
  const rename = (name: string) => (name === member ? `deleted:${member}?uid=${uid}` : name);
  if (!policy.bindings.some((binding) => binding.members.includes(member))) return policy;
  const bindings = policy.bindings.map((binding) => ({ ...binding, members: binding.members.map(rename) }));
  return { ...policy, etag: newEtag(), bindings };
}

/** The bindings as they came over the wire, where their type is no more than a hope. */
function bindingsOf({ bindings = [] }: PolicyInput): readonly Binding[] {
  const isBinding = (value: Partial<Binding> | null) => Array.isArray(value?.members ?? (value ? [] : null));
  if (Array.isArray(bindings) && bindings.every(isBinding)) return bindings;
  throw new GoogleApiError(
    'INVALID_ARGUMENT',
    'Invalid policy: bindings must be a list of { role, members }.',
  );
}

/** Etags are bytes, which some clients (gcloud) send back in base64's other alphabet. */
function isSameEtag(given: unknown, current: string): boolean {
  return typeof given === 'string' && Buffer.from(given, 'base64').equals(Buffer.from(current, 'base64'));
}

function newEtag(): string {
  return randomBytes(8).toString('base64');
}

function checkBinding(binding: Binding, roles: Pick<Roles, 'isKnown'>): Binding {
  const { role, members, condition } = binding;
  if (!roles.isKnown(role)) {
    throw new GoogleApiError(
      'INVALID_ARGUMENT',
      `Role ${role} is not supported for this resource. The local cloud knows: ${[...ROLES.keys()].join(', ')}.`,
    );
  }
  for (const member of members ?? []) {
    if (!MEMBER.test(member)) {
      throw new GoogleApiError(
        'INVALID_ARGUMENT',
        `Invalid member: ${member}. The member must be of the form 'user:', 'serviceAccount:', 'group:', 'domain:', 'allUsers' or 'allAuthenticatedUsers'.`,
      );
    }
  }
  if (condition) checkCondition(condition.expression);
  return { role, members: [...new Set(members ?? [])], ...(condition && { condition }) };
}

/** Each appearance of a principal counts (https://cloud.google.com/iam/quotas#limits). */
function checkSize(bindings: readonly Binding[]): void {
  const size = bindings.reduce((sum, { members }) => sum + members.length, 0);
  if (size <= MEMBER_LIMIT) return;
  const [given, allowed] = [size, MEMBER_LIMIT].map((number) => number.toLocaleString('en-US'));
  throw new GoogleApiError(
    'INVALID_ARGUMENT',
    `The number of members in the policy (${given}) is larger than the maximum allowed size ${allowed}.`,
  );
}

/** Bindings of one role and condition become one, at the place of the first. */
function mergeBindings(bindings: readonly Binding[]): Binding[] {
  const merged = new Map<string, { readonly binding: Binding; readonly members: Set<string> }>();
  for (const binding of bindings) {
    if (binding.members.length === 0) continue;
    const key = JSON.stringify([binding.role, binding.condition ?? null]);
    const one = merged.get(key) ?? { binding, members: new Set() };
    for (const member of binding.members) one.members.add(member);
    merged.set(key, one);
  }
  return [...merged.values()].map(({ binding, members }) => ({ ...binding, members: [...members].sort() }));
}
