import { setTimeout as sleep } from 'node:timers/promises';
import Type, { type Static } from 'typebox';
import { GoogleApiError } from './errors.ts';
import type { Attributes } from './resource-type.ts';

/** An IAM policy (https://cloud.google.com/iam/docs/reference/rest/v1/Policy). */
export interface Policy {
  readonly version?: number;
  readonly etag?: string;
  readonly bindings?: readonly Binding[];
  readonly auditConfigs?: readonly { readonly service: string }[];
}

interface Binding {
  readonly role: string;
  readonly members?: readonly string[];
  readonly condition?: Static<typeof Condition>;
}

/** Reads and writes the policy of one resource. */
export interface PolicyAccess {
  /** Must ask for policy version 3, so that conditions are answered. */
  get(): Promise<Policy>;
  set(policy: Policy): Promise<unknown>;
}

const Condition = Type.Object(
  { title: Type.String(), description: Type.Optional(Type.String()), expression: Type.String() },
  { additionalProperties: false },
);

/** Arguments that every `google_*_iam_member` has. */
export const IAM_MEMBER_ARGUMENTS = {
  role: Type.String(),
  member: Type.String(),
  condition: Type.Optional(Condition),
};

/** One role, granted to one principal, perhaps under a condition. */
export interface Grant {
  readonly role: string;
  readonly member: string;
  readonly condition?: Static<typeof Condition>;
}

const ATTEMPTS = 10;

/**
 * Adds one member to a policy and leaves everything else in it as it is: read, modify, write with the etag that was
 * read (https://cloud.google.com/iam/docs/allow-policies#etag); begins anew when somebody else wrote in between
 * (409 or 412). Writes nothing when the grant is there already.
 *
 * @param resourceId id of the resource the policy belongs to, for the attributes
 */
export async function addMember(resourceId: string, grant: Grant, access: PolicyAccess): Promise<Attributes> {
  await changePolicy(resourceId, access, (policy) => {
    const bindings = withMember(policy.bindings ?? [], grant);
    return bindings === policy.bindings ? policy : { ...policy, bindings, version: 3 };
  });
  return { id: [resourceId, grant.role, grant.member, grant.condition?.title].filter(Boolean).join('/') };
}

/** The last change of each policy that is under way. */
const turns = new Map<string, Promise<void>>();

/**
 * Reads, changes and writes a policy, anew when somebody else wrote in between; writes nothing that is the same. Changes
 * of one policy take turns, as they do in the provider: however many there are, they do not refuse each other.
 */
export async function changePolicy(
  resourceId: string,
  access: PolicyAccess,
  change: (policy: Policy) => Policy,
): Promise<void> {
  const before = turns.get(resourceId) ?? Promise.resolve();
  const turn = before.catch(() => {}).then(() => readModifyWrite(access, change));
  turns.set(resourceId, turn);
  try {
    await turn;
  } finally {
    if (turns.get(resourceId) === turn) turns.delete(resourceId);
  }
}

async function readModifyWrite(access: PolicyAccess, change: (policy: Policy) => Policy): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const policy = await access.get();
    const changed = change(policy);
    if (changed === policy) return;
    try {
      await access.set(changed);
      return;
    } catch (error) {
      const conflict = error instanceof GoogleApiError && (error.status === 409 || error.status === 412);
      if (!conflict || attempt === ATTEMPTS) throw error;
      await sleep(Math.random() * 20 * attempt);
    }
  }
}

function withMember(bindings: readonly Binding[], { role, member, condition }: Grant): readonly Binding[] {
  const index = bindings.findIndex(
    (binding) => binding.role === role && sameCondition(binding.condition, condition),
  );
  const existing = bindings[index];
  if (existing === undefined)
    return [...bindings, { role, members: [member], ...(condition && { condition }) }];
  if (existing.members?.includes(member)) return bindings;
  return bindings.with(index, { ...existing, members: [...(existing.members ?? []), member] });
}

function sameCondition(one: Binding['condition'], other: Binding['condition']): boolean {
  return (
    one?.title === other?.title &&
    one?.expression === other?.expression &&
    (one?.description ?? '') === (other?.description ?? '')
  );
}
