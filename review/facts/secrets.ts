import { onlyResourceOf } from './conditions.ts';
import { serviceAccountName } from './grant-targets.ts';
import type { Access, Because, Reader, Secret, Service } from './model.ts';
import { mayOverlap } from './overlap.ts';
import { compareText } from './resources.ts';
import { reachOf } from './role-permissions.ts';

/** What a principal does on its way to a secret, and a permission that is enough for it. */
interface Step {
  readonly can: Because['can'];
  readonly needed: readonly string[];
}

const READING: readonly Step[] = [
  { can: 'read the object', needed: ['storage.objects.get'] },
  { can: 'change who reads the bucket', needed: ['storage.buckets.setIamPolicy'] },
];

const DECRYPTING: readonly Step[] = [
  { can: 'decrypt with the key', needed: ['cloudkms.cryptoKeyVersions.useToDecrypt'] },
  {
    can: 'change who decrypts with the key',
    needed: ['cloudkms.cryptoKeys.setIamPolicy', 'cloudkms.keyRings.setIamPolicy'],
  },
];

/** With any of these on a service account, one can do what it can do. */
const ACTING: readonly Step[] = [
  {
    can: 'act as the identity',
    needed: [
      'iam.serviceAccounts.actAs',
      'iam.serviceAccounts.getAccessToken',
      'iam.serviceAccounts.implicitDelegation',
      'iam.serviceAccounts.signBlob',
      'iam.serviceAccounts.signJwt',
      'iam.serviceAccountKeys.create',
    ],
  },
  { can: 'change who acts as the identity', needed: ['iam.serviceAccounts.setIamPolicy'] },
];

const PUSHING: Step = { can: 'replace the image', needed: ['artifactregistry.repositories.uploadArtifacts'] };
/** A job takes arguments and variables from whoever runs it. */
const RUNNING: Step = { can: 'act as the identity', needed: ['run.jobs.runWithOverrides'] };
const OPENING: Step = { can: 'open the page', needed: ['run.routes.invoke'] };

/** Whoever may change the policy of what holds everything may give itself the rest. */
const CHANGE_ALL = [
  'resourcemanager.projects.setIamPolicy',
  'resourcemanager.folders.setIamPolicy',
  'resourcemanager.organizations.setIamPolicy',
];

/** Grants by what they are on, so that many secrets stay quick. */
interface Grants {
  readonly byName: ReadonlyMap<string, readonly Access[]>;
  /** On projects, folders and organizations, and on what is unknown. */
  readonly wide: readonly Access[];
}

const WIDE = new Set(['project', 'folder', 'organization']);

/**
 * Every secret that a service uses, and who can read it by what these stacks grant, over any number of steps. It takes
 * the object and the key; or the page, where it shows the values; or an identity that has both.
 */
export function secretsOf(services: readonly Service[], access: readonly Access[]): Secret[] {
  const isWide = ({ resource, unknown }: Access) => WIDE.has(resource.kind) || unknown.includes('resource');
  const grants: Grants = {
    byName: Map.groupBy(
      access.filter((row) => !isWide(row)),
      ({ resource }) => resource.name,
    ),
    wide: access.filter(isWide),
  };
  const uses = services.flatMap((service) => service.secrets.map((secret) => ({ service, ...secret })));
  const bySecret = Map.groupBy(uses, ({ object, key }) => JSON.stringify([object, key]));
  return [...bySecret.values()]
    .flatMap(([first, ...others]) => (first ? [secretOf([first, ...others], grants)] : []))
    .sort((a, b) => compareText(a.object, b.object) || compareText(a.key, b.key));
}

type Use = Service['secrets'][number] & { readonly service: Service };

function secretOf(uses: readonly [Use, ...Use[]], grants: Grants): Secret {
  const [{ object, key }] = uses;
  const services = [...new Set(uses.map(({ service }) => service))];
  const [bucket = ''] = object.split('/objects/');
  const ring = key.split('/cryptoKeys/')[0] ?? '';
  const halves = [
    spread(holders(READING, { kind: 'bucket', names: [bucket], name: object }, grants), services, grants),
    spread(holders(DECRYPTING, { kind: 'key', names: [key, ring], name: key }, grants), services, grants),
  ] as const;
  const readers = new Map<string, (readonly Because[])[]>();
  const add = (principal: string, way: readonly Because[]) =>
    readers.set(principal, [...(readers.get(principal) ?? []), way]);
  for (const [principal, reading] of halves[0]) {
    const decrypting = halves[1].get(principal);
    if (decrypting) add(principal, joined(reading, decrypting));
  }
  for (const [one, reading] of halves[0]) {
    for (const [other, decrypting] of halves[1]) {
      if (one === other || (readers.has(one) && readers.has(other))) continue;
      const common = mayOverlap(one, other);
      if (common && !readers.has(common.who))
        add(common.who, doubtful([...reading, ...decrypting], common.certain));
    }
  }
  for (const [principal, way] of openers(services, grants)) add(principal, way);
  return {
    object,
    key,
    services: services.map(({ name }) => name).sort(compareText),
    readers: sorted(readers),
    halfway: sorted(
      new Map(
        halves
          .flatMap((half) => [...half])
          .filter(([principal]) => !readers.has(principal))
          .map(([principal, way]) => [principal, [way]]),
      ),
    ),
  };
}

/** Both halves, a step that both take once. */
function joined(reading: readonly Because[], decrypting: readonly Because[]): readonly Because[] {
  const steps = new Map([...reading, ...decrypting].map((step) => [JSON.stringify(step), step]));
  return [...steps.values()];
}

function doubtful(way: readonly Because[], certain: boolean): readonly Because[] {
  return certain ? way : way.map((step) => ({ ...step, certain: false }));
}

/** The shortest way of each principal to one half of a secret. */
type Ways = Map<string, readonly Because[]>;

interface What {
  readonly kind: string;
  /** Names on which a grant reaches it. */
  readonly names: readonly string[];
  /** The one that a condition may name. */
  readonly name: string;
}

/** Those with a grant that is enough by itself. */
function holders(steps: readonly Step[], what: What, grants: Grants): Ways {
  const ways: Ways = new Map();
  for (const row of grantsOn(what, grants)) {
    for (const step of steps) {
      const because = becauseOf(row, step, what);
      const known = ways.get(row.principal);
      if (because && (known === undefined || (!known[0]?.certain && because.certain))) {
        ways.set(row.principal, [because]);
      }
    }
  }
  return ways;
}

/** Adds those who get there by acting as somebody who does, or by replacing what runs as one: over any number of steps. */
function spread(ways: Ways, services: readonly Service[], grants: Grants): Ways {
  const queue = [...ways.keys()];
  for (let principal = queue.shift(); principal !== undefined; principal = queue.shift()) {
    const way = ways.get(principal) ?? [];
    for (const [other, step] of becoming(principal, services, grants)) {
      if (ways.has(other)) continue;
      ways.set(other, [step, ...way]);
      queue.push(other);
    }
  }
  return ways;
}

/** Who can do what a principal can do, and by what. */
function becoming(principal: string, services: readonly Service[], grants: Grants): [string, Because][] {
  if (!principal.startsWith('serviceAccount:')) return [];
  const name = serviceAccountName(principal.slice('serviceAccount:'.length));
  const what = { kind: 'service account', names: [name], name };
  const jobs = services.filter((one) => one.identity === principal && one.name.includes('/jobs/'));
  const acting = [
    ...holders(ACTING, what, grants),
    ...jobs.flatMap((job) => [
      ...holders([RUNNING], { kind: 'Cloud Run job', names: [job.name], name: job.name }, grants),
    ]),
  ];
  const images = services.filter(
    ({ identity, image }) => identity === principal && !/@sha256:[0-9a-f]{64}$/.test(image),
  );
  const pushing = images.flatMap(({ image }) => {
    const repository = repositoryOf(image);
    if (repository === undefined) return [];
    return [
      ...holders([PUSHING], { kind: 'image repository', names: [repository], name: repository }, grants),
    ];
  });
  return [...acting, ...pushing].flatMap(([other, [step]]) =>
    step ? [[other, step] as [string, Because]] : [],
  );
}

/** `LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE` as the name of the repository. */
function repositoryOf(image: string): string | undefined {
  const [, location, project, repository] =
    /^([a-z0-9-]+)-docker\.pkg\.dev\/([^/]+)\/([^/:@]+)\//.exec(image) ?? [];
  return location && `projects/${project}/locations/${location}/repositories/${repository}`;
}

/** Whoever may open a page that shows every value reads the secrets there. */
function openers(services: readonly Service[], grants: Grants): Ways {
  const ways: Ways = new Map();
  for (const { name, pageValues } of services) {
    if (pageValues !== 'revealed') continue;
    for (const [principal, way] of holders(
      [OPENING],
      { kind: 'Cloud Run service', names: [name], name },
      grants,
    )) {
      if (!ways.has(principal)) ways.set(principal, way);
    }
  }
  return ways;
}

function grantsOn({ kind, names, name }: What, { byName, wide }: Grants): Access[] {
  const reaches = ({ resource, unknown }: Access) => {
    if (!unknown.includes('resource')) return mayHold(resource, kind, name);
    return (
      WIDE.has(resource.kind) || resource.kind === kind || (kind === 'key' && resource.kind === 'key ring')
    );
  };
  return [...names.flatMap((one) => byName.get(one) ?? []), ...wide.filter(reaches)];
}

/**
 * Whether a project, folder or organization may be the one that holds a resource. A bucket's and an account's name do
 * not tell their project, so any project may be it.
 */
function mayHold(resource: Access['resource'], kind: string, name: string): boolean {
  if (resource.kind !== 'project') return true;
  return name.startsWith(`${resource.name}/`) || kind === 'bucket' || isForeign(resource.name, kind, name);
}

/** An account's email names its project, other than those of Google's own accounts. */
function isForeign(project: string, kind: string, name: string): boolean {
  if (kind !== 'service account') return false;
  const [, own] = /@([^.]+)\.iam\.gserviceaccount\.com$/.exec(name) ?? [];
  return own === undefined || project === `projects/${own}`;
}

/** Nothing when the row does not bring the permission, or its condition excludes the resource for certain. */
function becauseOf(row: Access, { can, needed }: Step, { name }: What): Because | undefined {
  const { principal, address, role, resource, condition, reason, withoutEffect, unknown } = row;
  const permissions = unknown.includes('role') ? null : reachOf(role);
  const isAbove = WIDE.has(resource.kind);
  const enough = isAbove ? [...needed, ...CHANGE_ALL] : needed;
  const brings = permissions?.some((held) => enough.includes(held) && !withoutEffect.includes(held)) ?? true;
  const only = onlyResourceOf(condition);
  const isOther =
    only !== undefined && only !== name && !only.startsWith(`${name}/`) && !unknown.includes('condition');
  if (!brings || isOther) return undefined;
  const isFarAbove = resource.kind === 'folder' || resource.kind === 'organization';
  const isCertain = permissions !== null && (condition === null || only === name) && !isFarAbove;
  return {
    principal,
    can,
    certain: isCertain && unknown.length === 0,
    address,
    role,
    resource,
    condition,
    reason,
  };
}

/** By principal; the shortest way first, and those in doubt last. */
function sorted(ways: ReadonlyMap<string, readonly (readonly Because[])[]>): Reader[] {
  const doubt = (way: readonly Because[]) => (way.every(({ certain }) => certain) ? 0 : 1);
  return [...ways]
    .map(([principal, all]) => ({
      principal,
      ways: all.toSorted((a, b) => doubt(a) - doubt(b) || a.length - b.length),
    }))
    .sort((a, b) => compareText(a.principal, b.principal));
}
