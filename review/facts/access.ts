import { isMap, isUnknown } from '../terraform/values.ts';
import { conditionOf, onlyResourceOf } from './conditions.ts';
import { grantTarget } from './grant-targets.ts';
import type { Access } from './model.ts';
import { principalName } from './names.ts';
import { compareText, type ReviewedResource } from './resources.ts';
import { permissionsOf, permissionsWithoutEffect } from './role-permissions.ts';

const GRANT_TYPE = /^(google_.+)_iam_(?:member|binding|policy)$/;

/** Whether a resource grants roles. */
export function isGrant(resource: ReviewedResource): boolean {
  return grantedOn(resource) !== undefined;
}

/** The type of the resource that a grant is on, e.g. `google_storage_bucket`; undefined for what is no grant. */
export function grantedOn({ type }: Pick<ReviewedResource, 'type'>): string | undefined {
  return GRANT_TYPE.exec(type)?.[1];
}

/** Why roles are granted, by stack and role. */
export type Reasons = ReadonlyMap<string, Readonly<Record<string, string>>>;

/**
 * The access matrix: who gets which role on which resource, with what it brings and why, one line for each
 * principal and grant, sorted by principal and resource.
 */
export function accessOf(resources: readonly ReviewedResource[], reasons: Reasons): Access[] {
  return resources
    .filter(isGrant)
    .flatMap((resource) => accessOfGrant(resource, reasons.get(resource.stack) ?? {}))
    .sort(byPrincipalAndResource);
}

function accessOfGrant(resource: ReviewedResource, reasons: Readonly<Record<string, string>>): Access[] {
  const { stack, address, path, known } = resource;
  const { target, certain } = grantTarget(grantedOn(resource) ?? '', resource);
  return bindingsOf(known).flatMap(({ members, role, condition: block }) => {
    const roleName = typeof role === 'string' ? role : isUnknown(role) ? role.text : UNKNOWN;
    const isKnownRole = typeof role === 'string' && role !== '';
    const { condition, isCertain } = conditionOf(block);
    const permissions = isKnownRole ? permissionsOf(roleName) : null;
    const onOneObject = onlyResourceOf(condition)?.startsWith(`${target.name}/objects/`) ?? false;
    const withoutEffect = permissionsWithoutEffect(permissions ?? [], { kind: target.kind, onOneObject });
    const reason = Object.hasOwn(reasons, roleName) ? (reasons[roleName] ?? null) : null;
    const others: Access['unknown'] = [
      ...(isKnownRole ? [] : (['role'] as const)),
      ...(certain ? [] : (['resource'] as const)),
      ...(isCertain ? [] : (['condition'] as const)),
      ...(resource.repeated ? (['number'] as const) : []),
    ];
    return members.map((member) => {
      const principal = principalName(member);
      const unknown = [...(principal.certain ? [] : (['principal'] as const)), ...others];
      return {
        ...{ principal: principal.name, resource: target, role: roleName, permissions, withoutEffect },
        ...{ condition, reason, unknown, stack, address, path },
      };
    });
  });
}

const UNKNOWN = 'unknown before deployment';

interface Binding {
  readonly members: readonly unknown[];
  readonly role: unknown;
  readonly condition: unknown;
}

function bindingsOf(args: ReviewedResource['known']): Binding[] {
  if (args.policy_data !== undefined) return bindingsOfPolicy(args.policy_data);
  const members = args.members === undefined ? args.member : args.members;
  return [{ members: Array.isArray(members) ? members : [members], ...pick(args) }];
}

function pick({ role, condition }: Readonly<Record<string, unknown>>): Pick<Binding, 'role' | 'condition'> {
  return { role, condition };
}

/** A whole policy is a JSON text, as a rule one that a data source makes. */
function bindingsOfPolicy(policyData: unknown): Binding[] {
  const unknown = [{ members: [policyData], role: policyData, condition: undefined }];
  if (typeof policyData !== 'string') return unknown;
  try {
    const policy: unknown = JSON.parse(policyData);
    const bindings = isMap(policy) ? (policy.bindings ?? []) : undefined;
    if (!Array.isArray(bindings) || !bindings.every(isMap)) return unknown;
    return bindings.map((binding) => ({
      members: Array.isArray(binding.members) ? binding.members : [binding.members],
      ...pick(binding),
    }));
  } catch {
    return unknown;
  }
}

function byPrincipalAndResource(a: Access, b: Access): number {
  const keys = ({ principal, resource, role, address, stack }: Access) => [
    principal,
    resource.kind,
    resource.name,
    role,
    stack,
    address,
  ];
  return compareText(JSON.stringify(keys(a)), JSON.stringify(keys(b)));
}
