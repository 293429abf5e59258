import { ROLE_PERMISSIONS } from '@cloud-run-identity/iam-roles';

/**
 * What a predefined role brings, sorted.
 *
 * @returns null for a role that is not known with all of its permissions: custom roles, and broad ones
 */
export function permissionsOf(role: string): readonly string[] | null {
  return Object.hasOwn(ROLE_PERMISSIONS, role) ? (ROLE_PERMISSIONS[role] ?? []).toSorted() : null;
}

/**
 * The permissions of a role that come to nothing where it is granted: those that Google checks on the project, and,
 * under a condition that names one object, everything that is not checked on that object. Listing is checked on
 * the bucket: https://cloud.google.com/storage/docs/access-control/iam-json.
 */
export function permissionsWithoutEffect(
  permissions: readonly string[],
  granted: { readonly kind: string; readonly onOneObject: boolean },
): string[] {
  if (['project', 'folder', 'organization'].includes(granted.kind)) return [];
  const ofTheProject = /^(?:resourcemanager|orgpolicy)\.|^cloudkms\.locations\.|^iam\.serviceAccounts\.list$/;
  const ofTheObject = /^storage\.objects\.(?!list$)/;
  return permissions.filter(
    (permission) => ofTheProject.test(permission) || (granted.onOneObject && !ofTheObject.test(permission)),
  );
}
