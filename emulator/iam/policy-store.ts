import type { Persistent } from '../persistence.ts';
import { Roles } from './custom-roles.ts';
import { IndexedPolicy } from './indexed-policy.ts';
import type { Binding, Policy, PolicyInput } from './policy.ts';
import { initialPolicy, nextPolicy, withDeletedMember } from './policy.ts';

/** A policy and since when decisions follow it. */
interface Effective {
  readonly indexed: IndexedPolicy;
  readonly since: number;
}

/** How policies take effect. */
export interface PropagationOptions {
  /** The clock, also the one that `request.time` of conditions reads. */
  readonly now: () => Date;
  /**
   * How long a change takes until decisions follow it. Google: two minutes as a rule, seven or more at times
   * (https://cloud.google.com/iam/docs/access-change-propagation).
   * @default 0
   */
  readonly propagationSeconds?: number;
  /**
   * Who is in which group: members by the group's email address. A member may be a group.
   * @default every group is empty
   */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** The project whose policies these are; deny policies know its service accounts by its number. */
  readonly project?: { readonly projectId: string; readonly projectNumber: string };
  /**
   * The organization of the project, by its number: its policy applies to all that the project has.
   * @default none
   */
  readonly organizationId?: string;
}

/** The allow policies of the local cloud, by the name of the resource that each is attached to. */
export class PolicyStore implements Persistent {
  protected readonly now: () => Date;
  protected readonly groups: Readonly<Record<string, readonly string[]>>;
  /** The roles that policies grant. */
  readonly roles = new Roles();
  readonly #propagationMilliseconds: number;
  /** Oldest first; the last is what getIamPolicy returns. */
  readonly #policies = new Map<string, Effective[]>();

  constructor({ now, propagationSeconds = 0, groups = {} }: PropagationOptions) {
    this.now = now;
    this.groups = groups;
    this.#propagationMilliseconds = propagationSeconds * 1000;
  }

  /** Gives a new resource its policy, which is in force at once. */
  add(name: string, bindings: readonly Binding[] = []): void {
    this.#policies.set(name, [inForce(initialPolicy(bindings))]);
  }

  /** Forgets the policy of a resource that was deleted. */
  remove(name: string): void {
    this.#policies.delete(name);
  }

  /** The policy of that name as it was written last; an empty one where none was ever set. */
  policy(name: string): Policy {
    const written = this.#policies.get(name)?.at(-1);
    if (written) return written.indexed.policy;
    this.add(name);
    return this.policy(name);
  }

  /**
   * Sets a policy as setIamPolicy does.
   * @throws GoogleApiError for a malformed policy or a stale etag; nothing is changed then
   */
  setPolicy(name: string, input: PolicyInput, updateMask?: string): Policy {
    const policy = nextPolicy(this.policy(name), input, this.roles, updateMask);
    const since = this.now().getTime() + this.#propagationMilliseconds;
    this.#policies.set(name, [
      ...(this.#policies.get(name) ?? []),
      { indexed: new IndexedPolicy(policy), since },
    ]);
    return policy;
  }

  /** Renames a deleted service account in all policies, so that a namesake does not inherit its access. */
  memberDeleted(member: string, uid: string): void {
    for (const [name, versions] of this.#policies) {
      const renamed = versions.map((version) => {
        const { policy } = version.indexed;
        const next = withDeletedMember(policy, member, uid);
        return next === policy ? version : { ...version, indexed: new IndexedPolicy(next) };
      });
      this.#policies.set(name, renamed);
    }
  }

  /** The policy that decisions follow at this moment. */
  protected effective(name: string): IndexedPolicy | undefined {
    const versions = this.#policies.get(name);
    if (!versions) return undefined;
    const now = this.now().getTime();
    const index = versions.findLastIndex(({ since }) => since <= now);
    if (index > 0) this.#policies.set(name, versions.slice(index));
    return versions[index]?.indexed;
  }

  /** Everything that is needed to go on after a restart; changes on their way are in force then. */
  save(): [name: string, policy: Policy][] {
    return [...this.#policies.keys()].map((name) => [name, this.policy(name)]);
  }

  /** Takes back what `save` gave. */
  load(saved: readonly [name: string, policy: Policy][]): void {
    for (const [name, policy] of saved) this.#policies.set(name, [inForce(policy)]);
  }
}

function inForce(policy: Policy): Effective {
  return { indexed: new IndexedPolicy(policy), since: 0 };
}
