import { describe, expect, test } from 'vitest';
import { foreignProjects, leftBehind, lossesOf, uploadsOf } from '../../../cli/deploy/losses.ts';
import { type PlanJson, type ResourceChangeJson, readPlan } from '../../../cli/deploy/plan.ts';
import type { DeployedSecret } from '../../../cli/deploy/secrets.ts';

const KEY = 'projects/p/locations/global/keyRings/r/cryptoKeys/k';
const secret: DeployedSecret = {
  service: 'app',
  name: 'config',
  format: 'json',
  bucket: 'b',
  object: 'config.enc',
  key: KEY,
  file: '/work/config.enc',
};

type Change = Partial<ResourceChangeJson['change']>;

function change(type: string, actions: readonly string[], rest: Change = {}, name = 'x'): ResourceChangeJson {
  return {
    address: `${type}.${name}`,
    mode: 'managed',
    type,
    change: { actions, before: null, after: null, ...rest },
  };
}

const planOf = (...changes: ResourceChangeJson[]): PlanJson => ({
  format_version: '1.2',
  resource_changes: changes,
});
const read = (...changes: ResourceChangeJson[]) => readPlan(planOf(...changes), 'Terraform');

const bucket = {
  name: 'b',
  location: 'US-CENTRAL1',
  project: 'p',
  soft_delete_policy: [{ retention_duration_seconds: 604800 }],
};
const object = { bucket: 'b', name: 'config.enc' };
const grant = { bucket: 'b/b', role: 'roles/storage.objectViewer', member: 'serviceAccount:s@p' };

/** As the real provider planned it: object and grant are left alone. */
const regionMove = read(
  change('google_storage_bucket', ['delete', 'create'], {
    before: bucket,
    after: { ...bucket, location: 'EUROPE-WEST1' },
    replace_paths: [['location']],
  }),
  change('google_storage_bucket_object', ['no-op'], { before: object, after: object }),
  change('google_storage_bucket_iam_member', ['no-op'], { before: grant, after: grant }),
);

/** The grant follows the name; the object, all of whose changes are ignored, does not. */
const rename = read(
  change('google_storage_bucket', ['delete', 'create'], {
    before: bucket,
    after: { ...bucket, name: 'c' },
    replace_paths: [['name']],
  }),
  change('google_storage_bucket_iam_member', ['delete', 'create'], {
    before: grant,
    after: { ...grant, bucket: 'c' },
    replace_paths: [['bucket']],
  }),
  change('google_storage_bucket_object', ['no-op'], { before: object, after: object }),
);

describe('a plan', () => {
  test.each([
    [['create'], 'added'],
    [['update'], 'changed'],
    [['delete'], 'destroyed'],
    [['delete', 'create'], 'replaced'],
    [['create', 'delete'], 'replaced'],
    [['forget'], 'forgotten'],
  ])('that does %j to a resource: it is %s', (actions, action) => {
    expect(read(change('t', actions)).changes).toMatchObject([{ action, address: 't.x' }]);
  });

  test.each([[['no-op']], [['read']]])('that does %j is empty', (actions) => {
    expect(read(change('t', actions))).toMatchObject({ changes: [], isEmpty: true });
  });

  test('names what differs, and what forces a replacement', () => {
    const values = {
      before: { a: 1, b: [2], id: 'old' },
      after: { a: 1, b: [3] },
      after_unknown: { id: true },
    };
    expect(read(change('t', ['update'], values)).changes[0]?.because).toEqual(['b']);
    const replaced = change('t', ['delete', 'create'], {
      replace_paths: [['template', 0, 'name'], ['location']],
    });
    expect(read(replaced).changes[0]?.because).toEqual(['template.name', 'location']);
  });

  test('tells what is taken over from what is made', () => {
    const adopted = change('t', ['no-op'], { before: {}, after: {}, importing: { id: 'i' } });
    expect(read(adopted).changes).toMatchObject([{ action: 'adopted' }]);
  });

  test('tells what others changed, or removed', () => {
    const drift = [change('t', ['update'], {}, 'changed'), change('t', ['delete'], {}, 'gone')];
    expect(readPlan({ ...planOf(), resource_drift: drift }, 'Terraform').drift).toEqual([
      { address: 't.changed', type: 't', isGone: false },
      { address: 't.gone', type: 't', isGone: true },
    ]);
  });

  test.each([
    ['an action that is not known', planOf(change('t', ['sell'])), /\["sell"\] to t\.x, which is not known/],
    ['another format', { format_version: '2.0' }, /of format 2\.0.*Use OpenTofu of version 1/],
    ['an error', { ...planOf(), errored: true }, /not whole/],
    ['a part of it alone', { ...planOf(), complete: false }, /not whole/],
  ])('with %s is refused: unknown is never good', (_, plan, message) => {
    expect(() => readPlan(plan, 'OpenTofu')).toThrow(message);
  });
});

describe('what a plan takes away of a secret', () => {
  test('is its bucket when the region moves, and object and grant are not left behind', () => {
    expect(lossesOf(regionMove, [secret])).toEqual([
      {
        name: 'b',
        kind: 'bucket',
        address: 'google_storage_bucket.x',
        text: 'gs://b is replaced, because its location changes, with every generation in it',
        restorableDays: 7,
      },
    ]);
    expect(leftBehind(regionMove, {})).toEqual([
      'google_storage_bucket_object.x',
      'google_storage_bucket_iam_member.x',
    ]);
  });

  test('is bucket and grant when the bucket is renamed, and the object is not left behind', () => {
    expect(lossesOf(rename, [secret]).map(({ kind, name }) => [kind, name])).toEqual([
      ['bucket', 'b'],
      ['grant', 'b'],
    ]);
    expect(leftBehind(rename, {})).toEqual(['google_storage_bucket_object.x']);
  });

  test.each([
    ['google_kms_crypto_key', { id: KEY }, 'key', 'b'],
    ['google_kms_key_ring', { id: 'projects/p/locations/global/keyRings/r' }, 'key', 'b'],
    ['google_kms_crypto_key', { id: 'projects/p/locations/l/keyRings/r/cryptoKeys/other' }, 'key', 'other'],
    ['google_storage_bucket_object', object, 'object', 'b'],
    [
      'google_kms_crypto_key_iam_member',
      { crypto_key_id: KEY, role: 'roles/cloudkms.cryptoKeyDecrypter' },
      'grant',
      'b',
    ],
    ['google_service_account', { email: 's@p' }, 'identity', 'b'],
  ])('is a %s that is destroyed or replaced', (type, before, kind, name) => {
    for (const actions of [['delete'], ['delete', 'create']]) {
      expect(lossesOf(read(change(type, actions, { before })), [secret])).toMatchObject([{ kind, name }]);
    }
    for (const actions of [['update'], ['no-op'], ['forget']]) {
      expect(lossesOf(read(change(type, actions, { before, after: before })), [secret])).toEqual([]);
    }
  });

  test('is neither an object that is abandoned, nor a grant or an account whose replacement comes first', () => {
    const abandoned = { ...object, deletion_policy: 'ABANDON' };
    const changes = [
      change('google_storage_bucket_object', ['delete', 'create'], { before: abandoned, after: abandoned }),
      change('google_storage_bucket_iam_member', ['create', 'delete'], { before: grant, after: grant }),
      change('google_service_account', ['create', 'delete'], { before: { email: 's@p' }, after: {} }),
    ];
    expect(lossesOf(read(...changes), [secret])).toEqual([]);
    const key = change('google_kms_crypto_key', ['create', 'delete'], { before: { id: KEY } });
    expect(lossesOf(read(key), [secret])).toMatchObject([{ kind: 'key' }]);
  });

  test('is what a new lifecycle rule deletes', () => {
    const rule = (condition: object) => ({
      ...bucket,
      lifecycle_rule: [{ action: [{ type: 'Delete' }], condition: [condition] }],
    });
    const of = (after: object) =>
      lossesOf(read(change('google_storage_bucket', ['update'], { before: bucket, after: after as never })), [
        secret,
      ]);
    expect(of(rule({ age: 30 }))).toMatchObject([
      { name: 'b', text: expect.stringMatching(/deletes live generations/) },
    ]);
    expect(of(rule({ num_newer_versions: 10, with_state: 'ARCHIVED' }))).toEqual([]);
  });
});

test('an object that the stack wants elsewhere is not left behind, a reference follows its bucket', () => {
  const stack = (values: object) => ({ resource: { google_storage_bucket_object: { x: values } } });
  const still = read(change('google_storage_bucket_object', ['no-op'], { before: object, after: object }));
  const wanted = { bucket: `\${google_storage_bucket.bucket.name}`, name: 'config.enc' };
  expect(leftBehind(still, stack(wanted))).toEqual([]);
  expect(leftBehind(still, stack({ ...wanted, name: 'renamed.enc' }))).toEqual([
    'google_storage_bucket_object.x',
  ]);
  expect(leftBehind(still, stack({ ...wanted, bucket: 'existing' }))).toEqual([
    'google_storage_bucket_object.x',
  ]);
});

test('an object that is made, or made again, is an upload of its file, with where it was', () => {
  const added = read(change('google_storage_bucket_object', ['create'], { after: object }));
  expect(uploadsOf(added, [secret])).toEqual([{ secret, before: undefined }]);
  const replaced = read(
    change('google_storage_bucket_object', ['delete', 'create'], {
      before: { bucket: 'old', name: 'o' },
      after: object,
    }),
  );
  expect(uploadsOf(replaced, [secret])).toEqual([{ secret, before: { bucket: 'old', object: 'o' } }]);
  expect(uploadsOf(regionMove, [secret])).toEqual([]);
});

test('a state of another project is known by what would be destroyed of it', () => {
  const other = change('google_storage_bucket', ['delete', 'create'], {
    before: { project: 'other' },
    after: { project: 'p' },
  });
  expect(foreignProjects(read(other), 'p')).toEqual(new Map([['google_storage_bucket.x', 'other']]));
  expect(foreignProjects(regionMove, 'p')).toEqual(new Map());
});
