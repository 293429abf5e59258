import type { ConditionAttributes } from './condition.ts';
import { DenyPolicies, denyNamesOf } from './deny-policies.ts';
import type { IndexedPolicy } from './indexed-policy.ts';
import type { Binding } from './policy.ts';
import { PolicyStore, type PropagationOptions } from './policy-store.ts';
import { namesOf, type Principal } from './principal.ts';

/** What access is asked to. */
export interface Resource {
  /** The name that conditions see as `resource.name`, e.g. `projects/_/buckets/B/objects/O`. */
  readonly name: string;
  /** `resource.type` in conditions, e.g. `storage.googleapis.com/Object`. */
  readonly type: string;
  /** `resource.service` in conditions, e.g. `storage.googleapis.com`. */
  readonly service: string;
  /** The names of the policies that apply, the resource's own first, the project's last: IAM inherits downwards. */
  readonly policies: readonly string[];
  /**
   * Whether bindings of `allUsers` and `allAuthenticatedUsers` grant nothing here (public access prevention of buckets).
   * @default false
   */
  readonly ignoresPublicMembers?: boolean;
}

/** Whether access is granted, and by which binding of which policy. */
export type Decision =
  | { readonly granted: true; readonly policy: string; readonly binding: Binding }
  | {
      readonly granted: false;
      /** The deny policy that refused what a role may grant. */
      readonly deniedBy?: string;
    };

/** What one binding has to do with a question: access needs all three. */
export interface BindingExplanation {
  readonly policy: string;
  readonly binding: Binding;
  readonly roleIncludesPermission: boolean;
  readonly includesPrincipal: boolean;
  /** For the resource as it was described; true also where there is no condition. */
  readonly conditionHolds: boolean;
}

const BASIC_ROLES: Record<string, string> = {
  projectOwner: 'roles/owner',
  projectEditor: 'roles/editor',
  projectViewer: 'roles/viewer',
};

/** The decisions that follow from the policies: principal → roles → permissions → conditions. */
export class Authorizer extends PolicyStore {
  /** What no role can grant. */
  readonly denyPolicies = new DenyPolicies();
  readonly #projectNumber: string;
  readonly #organization: readonly string[];

  constructor(options: PropagationOptions) {
    super(options);
    this.#projectNumber = options.project?.projectNumber ?? '';
    this.#organization =
      options.organizationId === undefined ? [] : [`organizations/${options.organizationId}`];
  }

  /** Whether the principal has the permission on the resource. Only what names the principal is looked at. */
  decide(principal: Principal, permission: string, resource: Resource): Decision {
    const denying = this.#denying(principal, permission, resource);
    if (denying) return { granted: false, deniedBy: denying.name };
    const attributes = this.#attributes(resource);
    for (const name of this.policiesOf(resource)) {
      const policy = this.effective(name);
      if (!policy) continue;
      const grant = policy
        .grantsOf(this.#membersOf(policy, principal, resource))
        .find(
          ({ binding, holds }) => this.roles.permissionsOf(binding.role).has(permission) && holds(attributes),
        );
      if (grant) return { granted: true, policy: name, binding: grant.binding };
    }
    return { granted: false };
  }

  /** Why the decision is what it is: every binding of every policy that applies, with what it lacks. */
  explain(principal: Principal, permission: string, resource: Resource): BindingExplanation[] {
    const attributes = this.#attributes(resource);
    return this.policiesOf(resource).flatMap((name) => {
      const policy = this.effective(name);
      if (!policy) return [];
      const members = this.#membersOf(policy, principal, resource);
      return policy.grants.map(({ binding, holds }) => ({
        policy: name,
        binding,
        roleIncludesPermission: this.roles.permissionsOf(binding.role).has(permission),
        includesPrincipal: binding.members.some((member) => members.includes(member)),
        conditionHolds: holds(attributes),
      }));
    });
  }

  /** The names of the policies that apply to a resource, its own first, the organization's last. */
  policiesOf({ policies }: Resource): readonly string[] {
    return policies.some((name) => name.startsWith('organizations/'))
      ? policies
      : [...policies, ...this.#organization];
  }

  /** The deny policy that stands against it. Those of projects and organizations apply to all that is below. */
  #denying({ member, sets }: Principal, permission: string, resource: Resource) {
    if (this.denyPolicies.areNone) return undefined;
    const names = denyNamesOf(
      member === undefined ? [] : this.#namesOf({ member, sets }),
      this.#projectNumber,
    );
    const attachments = this.policiesOf(resource).filter((name) =>
      /^(projects|organizations)\/[^/]+$/.test(name),
    );
    return this.denyPolicies.denying(names, permission, serviceOf(permission, resource), attachments);
  }

  #attributes({ name, type, service }: Resource): ConditionAttributes {
    return { resource: { name, type, service }, request: { time: this.now() } };
  }

  /** The members of the policy that the principal counts as on the resource. */
  #membersOf(
    policy: IndexedPolicy,
    principal: Principal,
    { ignoresPublicMembers = false }: Resource,
  ): readonly string[] {
    const { member } = principal;
    const publicMembers = member === undefined ? ['allUsers'] : ['allUsers', 'allAuthenticatedUsers'];
    return [
      ...(ignoresPublicMembers ? [] : publicMembers),
      ...(member === undefined ? [] : this.#namesOf(principal)),
      ...policy.projectMembers.filter((projectMember) => this.#standsFor(projectMember, principal)),
    ];
  }

  /** Every name under which policies may include the member: its own, its domain's, and the groups that it is in. */
  #namesOf({ member = '', sets = [] }: Principal): readonly string[] {
    const own = [...namesOf(member), ...sets, ...domainOf(member)];
    const names = new Set(own);
    // A group may be in groups, and the set grows while it is gone through.
    for (const name of names) {
      for (const [group, members] of Object.entries(this.groups)) {
        if (members.includes(name)) names.add(`group:${group}`);
      }
    }
    return [...names];
  }

  /** Whether e.g. `projectOwner:p` includes the member: whoever has that basic role in the policy of the project p. */
  #standsFor(projectMember: string, principal: Principal): boolean {
    if (principal.member === undefined) return false;
    const [kind = '', projectId] = projectMember.split(':');
    const held = this.effective(`projects/${projectId}`)?.grantsOf(this.#namesOf(principal)) ?? [];
    return held.some(({ binding }) => binding.role === BASIC_ROLES[kind]);
  }
}

/** The service of a permission as deny policies name it: not always the one of the resource, as of a project's buckets. */
function serviceOf(permission: string, { service }: Resource): string {
  const [prefix = ''] = permission.split('.');
  if (prefix === 'resourcemanager') return 'cloudresourcemanager.googleapis.com';
  return service.startsWith(`${prefix}.`) ? service : `${prefix}.googleapis.com`;
}

/** A domain includes its people, and no service account. */
function domainOf(member: string): readonly string[] {
  const [, domain] = /^user:[^@]+@([^@]+)$/.exec(member) ?? [];
  return domain === undefined ? [] : [`domain:${domain}`];
}
