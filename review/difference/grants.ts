import type { Access } from '../facts/model.ts';
import { conditionText } from '../words/wording.ts';
import type { AccessChange } from './model.ts';

/**
 * What these grants allow and those others did not. Compared by permission, not by role: a role in the place of a
 * wider one gives nothing new, and neither does a condition on what was unconditional.
 */
export function grantChanges(
  rows: readonly Access[],
  others: readonly Access[],
  direction: AccessChange['direction'],
): AccessChange[] {
  const byPair = Map.groupBy(others, pairOf);
  return rows.flatMap((row) => {
    const same = (byPair.get(pairOf(row)) ?? []).filter((other) => isAsWide(other, row));
    const isOpen = row.permissions === null || row.unknown.length > 0;
    const isNew = isOpen ? !same.some((other) => isSameUnknown(other, row)) : undefined;
    const permissions = effectiveOf(row).filter(
      (permission) => !same.some((other) => effectiveOf(other).includes(permission)),
    );
    if (!(isNew ?? permissions.length > 0)) return [];
    return [
      { direction, kind: 'grant', who: row.principal, what: whatOf(row), permissions, address: row.address },
    ];
  });
}

function pairOf({ principal, resource }: Access): string {
  return JSON.stringify([principal, resource.name]);
}

/** Nobody can tell what is in an unknown, so only the very same one is no more than before. */
function isSameUnknown({ role, unknown }: Access, other: Access): boolean {
  return role === other.role && JSON.stringify(unknown) === JSON.stringify(other.unknown);
}

/** Whether a grant holds wherever the other one does, as far as their conditions tell. */
function isAsWide({ condition }: Access, other: Access): boolean {
  return condition === null || condition.expression === other.condition?.expression;
}

function effectiveOf({ permissions, withoutEffect }: Access): readonly string[] {
  return (permissions ?? []).filter((permission) => !withoutEffect.includes(permission));
}

function whatOf({ role, resource, condition, permissions }: Access): string {
  const only = condition ? `, ${conditionText(condition)}` : '';
  const unknown = permissions === null ? ' (permissions unknown)' : '';
  return `has ${role}${unknown} on ${resource.kind} ${resource.name}${only}`;
}
