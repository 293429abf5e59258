import { onlyResourceOf } from './conditions.ts';
import { serviceAccountName } from './grant-targets.ts';
import type { Access, Because, Reader, Secret, Service } from './model.ts';
import { compareText } from './resources.ts';

/** With any of these on a service account, one can do what it can do. */
const ACTING_AS = [
  'iam.serviceAccounts.actAs',
  'iam.serviceAccounts.getAccessToken',
  'iam.serviceAccounts.implicitDelegation',
  'iam.serviceAccounts.signBlob',
  'iam.serviceAccounts.signJwt',
];

/** Looks up grants by what they are on, so that many secrets stay quick. */
type Grants = ReadonlyMap<string, readonly Access[]>;

/**
 * Every secret that a service uses, and who can read it through the grants of these stacks. It takes the object and
 * the key; or the page, where it shows the values; or an identity that has both.
 */
export function secretsOf(services: readonly Service[], access: readonly Access[]): Secret[] {
  const grants = Map.groupBy(access, ({ resource }) => resource.name);
  const projectGrants = access.filter(({ resource }) =>
    ['project', 'folder', 'organization'].includes(resource.kind),
  );
  const users = services.filter((service) => service.secret !== null);
  const bySecret = Map.groupBy(users, ({ secret }) => JSON.stringify([secret?.object, secret?.key]));
  return [...bySecret.values()]
    .map((group) => secretOf(group, grants, projectGrants))
    .sort((a, b) => compareText(a.object, b.object) || compareText(a.key, b.key));
}

function secretOf(services: readonly Service[], grants: Grants, projectGrants: readonly Access[]): Secret {
  const { object = '', key = '' } = services[0]?.secret ?? {};
  const [bucket = ''] = object.split('/objects/');
  const ring = key.split('/cryptoKeys/')[0] ?? '';
  const on = (...names: string[]) => names.flatMap((name) => grants.get(name) ?? []);
  // A bucket's name does not tell its project, so any project may be it.
  const objectAccess = [...on(bucket), ...projectGrants].flatMap((row) =>
    becauseOf(row, { can: 'read the object', needed: ['storage.objects.get'], name: object }),
  );
  const keyGrants = [...on(key, ring), ...projectGrants.filter((row) => mayHold(row, key))];
  const keyAccess = keyGrants.flatMap((row) =>
    becauseOf(row, {
      can: 'decrypt with the key',
      needed: ['cloudkms.cryptoKeyVersions.useToDecrypt'],
      name: key,
    }),
  );

  const byPrincipal = Map.groupBy([...objectAccess, ...keyAccess], ({ principal }) => principal);
  const holders = [...byPrincipal].map(([principal, rows]) => ({
    principal,
    because: rows.map(({ why }) => why),
  }));
  const direct = holders.filter(readsAlone);
  const others = [...actingAs(direct, grants), ...openingThePage(services, grants)];
  const readers = mergeReaders([...direct, ...others]);
  const isReader = new Set(readers.map(({ principal }) => principal));
  return {
    object,
    key,
    services: services.map(({ name }) => name).sort(compareText),
    readers,
    halfway: mergeReaders(holders.filter(({ principal }) => !isReader.has(principal))),
  };
}

interface Holding {
  readonly principal: string;
  readonly why: Because;
}

/** Whether a project, folder or organization may be the one that holds a resource with this full name. */
function mayHold({ resource }: Access, name: string): boolean {
  return resource.kind !== 'project' || name.startsWith(`${resource.name}/`);
}

/** One of the things that reading takes, a permission that is enough for it, and the resource that it is about. */
interface Step {
  readonly can: Because['can'];
  readonly needed: readonly string[];
  readonly name: string;
}

/** Nothing when the row does not bring the permission, or its condition excludes the resource for certain. */
function becauseOf(row: Access, { can, needed, name }: Step): Holding[] {
  const { principal, address, role, resource, condition, reason, permissions, withoutEffect } = row;
  const brings = permissions?.some((held) => needed.includes(held) && !withoutEffect.includes(held)) ?? true;
  const only = onlyResourceOf(condition);
  const isOther = only !== undefined && only !== name && !only.startsWith(`${name}/`);
  if (!brings || isOther) return [];
  const isFarAbove = resource.kind === 'folder' || resource.kind === 'organization';
  const certain = permissions !== null && (condition === null || only === name) && !isFarAbove;
  return [{ principal, why: { can, certain, address, role, resource, condition, reason } }];
}

function readsAlone({ because }: Reader): boolean {
  const can = new Set(because.map((why) => why.can));
  return can.has('read the object') && can.has('decrypt with the key');
}

/** Those who may act as an identity that reads the secret. */
function actingAs(readers: readonly Reader[], grants: Grants): Reader[] {
  return readers
    .filter(({ principal }) => principal.startsWith('serviceAccount:'))
    .flatMap(
      ({ principal }) => grants.get(serviceAccountName(principal.slice('serviceAccount:'.length))) ?? [],
    )
    .flatMap((row) =>
      becauseOf(row, { can: 'act as the identity', needed: ACTING_AS, name: row.resource.name }),
    )
    .map(({ principal, why }) => ({ principal, because: [why] }));
}

/** Whoever may open a page that shows every value reads the secret there. */
function openingThePage(services: readonly Service[], grants: Grants): Reader[] {
  return services
    .filter(({ pageValues }) => pageValues === 'revealed')
    .flatMap(({ name }) => grants.get(name) ?? [])
    .flatMap((row) =>
      becauseOf(row, { can: 'open the page', needed: ['run.routes.invoke'], name: row.resource.name }),
    )
    .map(({ principal, why }) => ({ principal, because: [why] }));
}

function mergeReaders(readers: readonly Reader[]): Reader[] {
  return [...Map.groupBy(readers, ({ principal }) => principal)]
    .map(([principal, same]) => ({ principal, because: same.flatMap(({ because }) => because) }))
    .sort((a, b) => compareText(a.principal, b.principal));
}
