import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../emulator/index.ts';
import { onlyResourceOf } from '../../review/facts/conditions.ts';
import type { Access, Review } from '../../review/facts/model.ts';
import { call } from '../emulator/support.ts';
import { runs } from '../support/property-runs.ts';
import { one, reviewJson } from './support.ts';

/**
 * What the review says about who can do what, asked of the local cloud: generated policies are applied there, and each
 * principal tries each thing.
 */

const PROJECT = 'demo-project';
const { numRuns: WORLDS } = runs(50);
/** Worlds that share a bucket and a key ring: Google limits the size of a policy. */
const EACH = 25;

let cloud: LocalCloud;
beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: PROJECT });
});
afterAll(() => cloud.stop());

/** One secret with its service, and grants to four principals of its own. */
interface World {
  readonly grants: readonly Grant[];
}

interface Grant {
  readonly on: 'bucket' | 'key' | 'ring' | 'project' | 'account';
  readonly role: string;
  /** The identity of the service, or a person. */
  readonly who: 'identity' | 'alice' | 'bob' | 'carol';
  readonly condition: 'none' | 'own object' | 'another object' | 'a prefix';
}

const ROLES = {
  account: ['roles/iam.serviceAccountTokenCreator', 'roles/iam.serviceAccountUser'],
  bucket: ['roles/storage.objectViewer', 'roles/storage.objectCreator', 'roles/storage.legacyObjectReader'],
  key: [
    'roles/cloudkms.cryptoKeyDecrypter',
    'roles/cloudkms.cryptoKeyEncrypter',
    'roles/cloudkms.cryptoKeyEncrypterDecrypter',
  ],
} as const;

const grantOn = (
  on: Grant['on'],
  roles: readonly string[],
  conditions: readonly Grant['condition'][] = ['none'],
) =>
  fc.record({
    on: fc.constant(on),
    role: fc.constantFrom(...roles),
    who: fc.constantFrom<Grant['who'][]>('identity', 'alice', 'bob', 'carol'),
    condition: fc.constantFrom(...conditions),
  });

const world: fc.Arbitrary<World> = fc.record({
  grants: fc.uniqueArray(
    fc.oneof(
      grantOn('bucket', ROLES.bucket, ['none', 'own object', 'another object', 'a prefix']),
      grantOn('key', ROLES.key),
      grantOn('ring', ROLES.key),
      grantOn('account', ROLES.account),
      grantOn('project', [...ROLES.bucket.slice(0, 2), ...ROLES.key, ...ROLES.account]),
    ),
    { minLength: 1, maxLength: 7, selector: (grant) => JSON.stringify(grant) },
  ),
});

interface Names {
  readonly bucket: string;
  readonly object: string;
  readonly ring: string;
  readonly key: string;
  readonly email: string;
  readonly members: Readonly<Record<Grant['who'], string>>;
}

function namesOf(group: number, index: number): Names {
  const id = `w${group}-${index}`;
  const ring = `projects/${PROJECT}/locations/global/keyRings/ring-${group}`;
  const email = `identity-${id}@${PROJECT}.iam.gserviceaccount.com`;
  const person = (name: string) => `user:${name}-${id}@example.com`;
  return {
    bucket: `bucket-${group}-secrets`,
    object: `${id}.enc`,
    ring,
    key: `${ring}/cryptoKeys/${id}`,
    email,
    members: {
      identity: `serviceAccount:${email}`,
      alice: person('alice'),
      bob: person('bob'),
      carol: person('carol'),
    },
  };
}

type Resources = Record<string, Record<string, Record<string, unknown>>>;

/** The stack of a group of worlds, and what of it the applier does not know. */
function stackOf(group: number, worlds: readonly World[]) {
  const resource: Resources = {
    google_storage_bucket: {
      bucket: {
        name: namesOf(group, 0).bucket,
        location: 'EU',
        uniform_bucket_level_access: true,
        public_access_prevention: 'enforced',
      },
    },
    google_kms_key_ring: { ring: { name: `ring-${group}`, location: 'global' } },
  };
  const services: Resources = { google_cloud_run_service: {} };
  const add = (type: string, name: string, args: Record<string, unknown>) => {
    resource[type] = { ...resource[type], [name]: args };
  };
  worlds.forEach(({ grants }, index) => {
    const names = namesOf(group, index);
    add('google_kms_crypto_key', `w${index}`, {
      name: `w${group}-${index}`,
      key_ring: names.ring,
      depends_on: ['google_kms_key_ring.ring'],
    });
    add('google_service_account', `w${index}`, { account_id: `identity-w${group}-${index}` });
    grants.forEach((grant, number) => {
      const [type, target] = targetOf(grant, names);
      const args = {
        ...target,
        role: grant.role,
        member: names.members[grant.who],
        ...conditionOf(grant, names),
      };
      // One after the other: all of them change the policy of one bucket.
      const before = Object.keys(resource.google_storage_bucket_iam_member ?? {}).at(-1);
      const depends_on = [
        `google_kms_crypto_key.w${index}`,
        `google_service_account.w${index}`,
        'google_storage_bucket.bucket',
        ...(before === undefined ? [] : [`google_storage_bucket_iam_member.${before}`]),
      ];
      add(`${type}_iam_member`, `w${index}_${number}`, { ...args, depends_on });
    });
    const env = { BUCKET_NAME: names.bucket, OBJECT_NAME: names.object, KMS_KEY_ID: names.key };
    services.google_cloud_run_service = {
      ...services.google_cloud_run_service,
      [`w${index}`]: {
        name: `w${group}-${index}`,
        location: 'us-central1',
        template: {
          spec: {
            service_account_name: names.email,
            containers: [
              { image: 'example.com/x', env: Object.entries(env).map(([name, value]) => ({ name, value })) },
            ],
          },
        },
      },
    };
  });
  const provider = { google: [{ project: PROJECT, region: 'us-central1' }] };
  return { provider, resource, services };
}

function targetOf({ on }: Grant, { bucket, key, ring, email }: Names): [string, Record<string, string>] {
  if (on === 'bucket') return ['google_storage_bucket', { bucket }];
  if (on === 'key') return ['google_kms_crypto_key', { crypto_key_id: key }];
  if (on === 'ring') return ['google_kms_key_ring', { key_ring_id: ring }];
  if (on === 'project') return ['google_project', { project: PROJECT }];
  return ['google_service_account', { service_account_id: `projects/${PROJECT}/serviceAccounts/${email}` }];
}

function conditionOf(
  { condition }: Grant,
  { bucket, object }: Names,
): { condition?: Record<string, string> } {
  const name = `projects/_/buckets/${bucket}/objects/${object}`;
  const expressions = {
    none: undefined,
    'own object': `resource.name == "${name}"`,
    'another object': `resource.name == "${name}.other"`,
    'a prefix': `resource.name.startsWith("${name.slice(0, -4)}")`,
  };
  const expression = expressions[condition];
  return expression === undefined ? {} : { condition: { title: 'some', expression } };
}

/** Applies a group; grants that the applier does not know are made as the provider makes them. */
async function apply(group: number, { provider, resource }: ReturnType<typeof stackOf>): Promise<void> {
  const own = [
    'google_kms_key_ring_iam_member',
    'google_project_iam_member',
    'google_service_account_iam_member',
  ];
  const applied = Object.fromEntries(Object.entries(resource).filter(([type]) => !own.includes(type)));
  await cloud.apply({ provider, resource: applied });
  const paths: Readonly<Record<string, (args: Record<string, unknown>) => string>> = {
    google_kms_key_ring_iam_member: ({ key_ring_id: ring }) => `/kms/v1/${ring}`,
    google_project_iam_member: () => `/crm/v1/projects/${PROJECT}`,
    google_service_account_iam_member: ({ service_account_id: account }) => `/iam/v1/v1/${account}`,
  };
  for (const type of own) {
    const members = Object.values(resource[type] ?? {});
    for (const [path, grants] of Map.groupBy(members, (args) => paths[type]?.(args) ?? '')) {
      const isReadByPost = !path.startsWith('/kms/');
      const { body: policy } = await call(cloud, isReadByPost ? 'POST' : 'GET', `${path}:getIamPolicy`);
      const bindings = [
        ...(policy.bindings ?? []),
        ...grants.map(({ role, member }) => ({ role, members: [member] })),
      ];
      const answer = await call(cloud, 'POST', `${path}:setIamPolicy`, {
        body: { policy: { ...policy, bindings } },
      });
      expect(answer.status, path).toBe(200);
    }
  }
  for (let index = 0; index < EACH; index++) {
    const { bucket, object } = namesOf(group, index);
    const path = `/upload/storage/v1/b/${bucket}/o?uploadType=media&name=${object}`;
    expect((await call(cloud, 'POST', path, { body: 'x' })).status).toBe(200);
  }
}

/** Something that a principal may try, and the permission that it takes. */
interface Deed {
  readonly permission: string;
  readonly name: (names: Names) => string;
  readonly try: (names: Names, as: string) => Promise<{ readonly status: number }>;
}

const objectName = ({ bucket, object }: Names) => `projects/_/buckets/${bucket}/objects/${object}`;
const accountName = ({ email }: Names) => `projects/-/serviceAccounts/${email}`;

const DEEDS: readonly Deed[] = [
  {
    permission: 'storage.objects.get',
    name: objectName,
    try: ({ bucket, object }, as) => call(cloud, 'GET', `/storage/v1/b/${bucket}/o/${object}`, { as }),
  },
  {
    permission: 'storage.objects.list',
    name: ({ bucket }) => `projects/_/buckets/${bucket}`,
    try: ({ bucket }, as) => call(cloud, 'GET', `/storage/v1/b/${bucket}/o`, { as }),
  },
  {
    permission: 'cloudkms.cryptoKeyVersions.useToDecrypt',
    name: ({ key }) => key,
    try: ({ key }, as) => call(cloud, 'POST', `/kms/v1/${key}:decrypt`, { as, body: { ciphertext: 'AAAA' } }),
  },
  {
    permission: 'cloudkms.cryptoKeyVersions.useToEncrypt',
    name: ({ key }) => key,
    try: ({ key }, as) => call(cloud, 'POST', `/kms/v1/${key}:encrypt`, { as, body: { plaintext: 'AAAA' } }),
  },
  {
    permission: 'iam.serviceAccounts.getAccessToken',
    name: accountName,
    try: ({ email }, as) =>
      call(cloud, 'POST', `/iamcredentials/v1/projects/-/serviceAccounts/${email}:generateAccessToken`, {
        as,
        body: { scope: ['https://www.googleapis.com/auth/cloud-platform'] },
      }),
  },
];

type Answer = 'yes' | 'no' | 'maybe';

/** What the access matrix of a review says. */
function matrixSays({ access }: Review, principal: string, deed: Deed, names: Names): Answer {
  const name = deed.name(names);
  const rows = access.filter(
    (row) =>
      row.principal === principal &&
      reaches(row, name) &&
      row.permissions?.includes(deed.permission) &&
      !row.withoutEffect.includes(deed.permission),
  );
  const answers = rows.map((row): Answer => {
    if (row.condition === null) return 'yes';
    const only = onlyResourceOf(row.condition);
    if (only === undefined) return 'maybe';
    return only === name ? 'yes' : 'no';
  });
  return answers.includes('yes') ? 'yes' : answers.includes('maybe') ? 'maybe' : 'no';
}

function reaches({ resource }: Access, name: string): boolean {
  if (resource.kind === 'project') return true;
  return name === resource.name || name.startsWith(`${resource.name}/`);
}

test(`what ${WORLDS} generated policies allow is what the review says`, { timeout: 600_000 }, async () => {
  const worlds = fc.sample(world, { numRuns: WORLDS, seed: 20_261_127 });
  const counts = { yes: 0, no: 0, readers: 0 };
  for (let group = 0; group * EACH < WORLDS; group++) {
    const own = worlds.slice(group * EACH, (group + 1) * EACH);
    const stack = stackOf(group, own);
    await apply(group, stack);
    const { provider, resource, services } = stack;
    const review = reviewJson({ stack: { provider, resource: { ...resource, ...services } } });
    for (const index of own.keys()) await compare(review, namesOf(group, index), counts);
  }
  expect(counts.yes).toBeGreaterThan(WORLDS / 2);
  expect(counts.no).toBeGreaterThan(WORLDS / 2);
  expect(counts.readers).toBeGreaterThan(WORLDS / 20);
});

async function compare(review: Review, names: Names, counts: Record<'yes' | 'no' | 'readers', number>) {
  const can = new Map<string, Set<string>>();
  for (const principal of Object.values(names.members)) {
    const able = new Set<string>();
    can.set(principal, able);
    const answers = await Promise.all(
      DEEDS.map(async (deed) => ({ deed, status: (await deed.try(names, principal)).status })),
    );
    for (const { deed, status } of answers) {
      const isAllowed = status !== 403;
      if (isAllowed) able.add(deed.permission);
      const said = matrixSays(review, principal, deed, names);
      const answer = said === 'maybe' ? said : isAllowed ? 'yes' : 'no';
      expect(said, `${principal} ${deed.permission} (${status})`).toBe(answer);
      counts[isAllowed ? 'yes' : 'no']++;
    }
  }
  const reads = (principal: string): boolean => {
    const able = can.get(principal);
    return Boolean(able?.has('storage.objects.get') && able.has('cloudkms.cryptoKeyVersions.useToDecrypt'));
  };
  const { readers } = one(review.secrets.filter(({ object }) => object === objectName(names)));
  for (const principal of Object.values(names.members)) {
    const becomes = can.get(principal)?.has('iam.serviceAccounts.getAccessToken') ?? false;
    const isReader = reads(principal) || (becomes && reads(names.members.identity));
    const reader = readers.find((one) => one.principal === principal);
    const isCertain = reader?.ways.some((way) =>
      way.every(({ certain, can: what }) => certain && what !== 'act as the identity'),
    );
    if (isReader) expect(reader, `${principal} reads`).toBeDefined();
    if (isCertain) expect(isReader, `${principal} does not read`).toBe(true);
    if (isReader) counts.readers++;
  }
}
