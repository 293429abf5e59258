import { ROLES } from '../../constructs/roles.ts';
import { conditionOf, onlyResourceOf } from './conditions.ts';
import { grantTarget } from './grant-targets.ts';
import type { Access } from './model.ts';
import { compareText, type ReviewedResource } from './resources.ts';
import { permissionsOf, permissionsWithoutEffect } from './role-permissions.ts';

/** A grant whose principals are only known after deployment, or hidden in a policy document. */
const UNKNOWN_PRINCIPAL = 'unknown before deployment';

const GRANT_TYPE = /^(google_.+)_iam_(?:member|binding|policy)$/;

/** Whether a resource grants roles. */
export function isGrant(resource: ReviewedResource): boolean {
  return grantedOn(resource) !== undefined;
}

/** The type of the resource that a grant is on, e.g. `google_storage_bucket`; undefined for what is no grant. */
export function grantedOn({ type }: ReviewedResource): string | undefined {
  return GRANT_TYPE.exec(type)?.[1];
}

/**
 * The access matrix: who gets which role on which resource, with what it brings and why, one line for each
 * principal and grant, sorted by principal and resource.
 */
export function accessOf(resources: readonly ReviewedResource[]): Access[] {
  return resources.filter(isGrant).flatMap(accessOfGrant).sort(byPrincipalAndResource);
}

function accessOfGrant(resource: ReviewedResource): Access[] {
  const { stack, address, path, known } = resource;
  const target = grantTarget(grantedOn(resource) ?? '', resource);
  return bindingsOf(known).flatMap(({ principals, role, condition: block }) => {
    const condition = conditionOf(block);
    const permissions = permissionsOf(role);
    const onOneObject = onlyResourceOf(condition)?.startsWith(`${target.name}/objects/`) ?? false;
    const withoutEffect = permissionsWithoutEffect(permissions ?? [], { kind: target.kind, onOneObject });
    const reason = REASONS.get(role) ?? null;
    return principals.map((principal) => ({
      ...{ principal, resource: target, role, permissions, withoutEffect, condition, reason },
      ...{ stack, address, path },
    }));
  });
}

const REASONS: ReadonlyMap<string, string> = new Map(
  Object.entries(Object.groupBy(Object.values(ROLES), ({ name }) => name)).map(([name, roles = []]) => [
    name,
    roles.map(({ reason }) => reason).join(' '),
  ]),
);

interface Binding {
  readonly principals: readonly string[];
  readonly role: string;
  readonly condition: unknown;
}

function bindingsOf(args: ReviewedResource['known']): Binding[] {
  if (typeof args.policy_data === 'string') return bindingsOfPolicy(args.policy_data);
  const principals = Array.isArray(args.members) ? args.members : [args.member];
  return [
    {
      principals: principals.map((principal) =>
        typeof principal === 'string' ? principal : UNKNOWN_PRINCIPAL,
      ),
      role: typeof args.role === 'string' ? args.role : UNKNOWN_ROLE,
      condition: args.condition,
    },
  ];
}

const UNKNOWN_ROLE = 'unknown before deployment';

/** A whole policy is a JSON text, as a rule one that a data source makes during deployment. */
function bindingsOfPolicy(policyData: string): Binding[] {
  const unknown = [{ principals: [UNKNOWN_PRINCIPAL], role: UNKNOWN_ROLE, condition: undefined }];
  try {
    const { bindings } = JSON.parse(policyData) as {
      bindings: { role: string; members: string[]; condition?: unknown }[];
    };
    return bindings.map(({ role, members, condition }) => ({ principals: members, role, condition }));
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
