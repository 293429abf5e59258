import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BUCKET_FIELDS, HEADERS, OBJECT_FIELDS, PARAMETERS } from '../../../emulator/storage/registry.ts';
import { localCloud } from '../support.ts';
import { grantOnBucket, newBucket, send, upload } from './support.ts';

const local = localCloud();
const message = async (response: Response) => [response.status, await response.text()];

/** Inserts an object with these fields of its resource. */
async function insert(bucket: string, resource: object, query = '', headers = {}) {
  const body = `--b\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(resource)}\r\n--b\r\nContent-Type: text/plain\r\n\r\ntext\r\n--b--`;
  const response = await send(
    local.cloud,
    'POST',
    `/upload/storage/v1/b/${bucket}/o?uploadType=multipart${query}`,
    {
      headers: { 'content-type': 'multipart/related; boundary=b', ...headers },
      body,
    },
  );
  return { status: response.status, body: JSON.parse(await response.text()) };
}

describe('what the local cloud would have to drop', () => {
  it.each([
    [
      'retention of an object',
      { retention: { mode: 'Locked', retainUntilTime: '2030-01-01T00:00:00Z' } },
      'retention',
    ],
    ['contexts', { contexts: { custom: { a: { value: 'b' } } } }, 'contexts'],
  ])('of an object is refused by name: %s', async (_what, fields, name) => {
    const bucket = await newBucket(local.cloud);
    const { status, body } = await insert(bucket, { name: 'a', ...fields });
    expect([status, body.error.message]).toEqual([400, `The local cloud does not emulate: ${name}.`]);
    expect(body.error.errors[0].reason).toBe('notImplemented');
    const patched = await upload(local.cloud, bucket, 'b', 'text');
    expect(patched.status).toBe(200);
    expect((await local.call('PATCH', `/storage/v1/b/${bucket}/o/b`, { body: fields })).status).toBe(400);
  });

  it('of a bucket is refused by name', async () => {
    const body = {
      name: 'with-folders',
      hierarchicalNamespace: { enabled: true },
      ipFilter: { mode: 'Enabled' },
    };
    const refused = await local.call('POST', '/storage/v1/b?project=demo-project', { body });
    expect(refused.body.error.message).toContain('hierarchicalNamespace, ipFilter');
    const off = { ...body, hierarchicalNamespace: { enabled: false }, ipFilter: {} };
    expect((await local.call('POST', '/storage/v1/b?project=demo-project', { body: off })).status).toBe(200);
  });

  it('of a bucket is kept: its autoclass, with what Google adds to it', async () => {
    const bucket = await newBucket(local.cloud, { autoclass: { enabled: true } });
    const path = `/storage/v1/b/${bucket}`;
    const { autoclass } = (await local.call('GET', path)).body;
    expect(autoclass).toEqual({
      enabled: true,
      toggleTime: expect.any(String),
      terminalStorageClass: 'NEARLINE',
      terminalStorageClassUpdateTime: autoclass.toggleTime,
    });
    const patch = (fields: object) => local.call('PATCH', path, { body: { autoclass: fields } });
    local.cloud.faults.clockOffsetSeconds = 60;
    const archived = (await patch({ terminalStorageClass: 'ARCHIVE' })).body.autoclass;
    expect(archived).toMatchObject({ toggleTime: autoclass.toggleTime, terminalStorageClass: 'ARCHIVE' });
    expect(archived.terminalStorageClassUpdateTime).not.toBe(autoclass.toggleTime);
    const off = (await patch({ enabled: false })).body.autoclass;
    expect(off).toEqual({ enabled: false, toggleTime: expect.any(String) });
    expect(off.toggleTime).not.toBe(autoclass.toggleTime);
    local.cloud.faults.clear();
    expect((await patch({ enabled: true, terminalStorageClass: 'COLDLINE' })).status).toBe(400);
  });

  it('is a signed URL', async () => {
    const bucket = await newBucket(local.cloud);
    await upload(local.cloud, bucket, 'a', 'text');
    const signed = `/${bucket}/a?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Signature=00`;
    for (const method of ['GET', 'PUT']) {
      const answer = await fetch(local.cloud.url + signed, { method });
      expect([method, answer.status, await answer.text()]).toEqual([
        method,
        400,
        expect.stringContaining('signed URLs'),
      ]);
    }
  });

  it('stands in the registry and in the documentation', () => {
    const refused = [OBJECT_FIELDS, BUCKET_FIELDS, PARAMETERS, HEADERS].flatMap((registry) =>
      Object.entries(registry).flatMap(([name, treatment]) => (treatment === 'refused' ? [name] : [])),
    );
    const kept = Object.entries(BUCKET_FIELDS).flatMap(([name, treatment]) =>
      treatment === 'kept' ? [name] : [],
    );
    const list = (names: readonly string[]) =>
      [...new Set(names)]
        .sort()
        .map((name) => `\`${name}\``)
        .join(', ');
    const docs = readFileSync(path.resolve(import.meta.dirname, '../../../docs/local-cloud.md'), 'utf8');
    expect(docs).toContain(`Refused by name: ${list(refused)}.`);
    expect(docs).toContain(`Given back and without effect: ${list(kept)}.`);
  });
});

describe('a value that Google refuses', () => {
  it.each([
    [{ storageClass: 'BANANA' }, 'object.storageClass'],
    [{ customTime: 'banana' }, 'object.customTime'],
    [{ customTime: '2026-13-01T00:00:00Z' }, 'object.customTime'],
    [{ temporaryHold: 'yes' }, 'object.temporaryHold'],
  ])('of an object: %j', async (fields, field) => {
    const { status, body } = await insert(await newBucket(local.cloud), { name: 'a', ...fields });
    expect([status, body.error.message]).toEqual([400, expect.stringContaining(`'${field}'`)]);
  });

  it.each([
    [{ storageClass: 'BANANA' }, 'storageClass'],
    [{ retentionPolicy: { retentionPeriod: '0' } }, 'retentionPeriod'],
    [{ retentionPolicy: { retentionPeriod: 'long' } }, 'retentionPeriod'],
  ])('of a bucket: %j', async (settings, field) => {
    await expect(newBucket(local.cloud, settings)).rejects.toThrow(field);
  });

  it('is a custom time that goes back', async () => {
    const bucket = await newBucket(local.cloud);
    await insert(bucket, { name: 'a', customTime: '2026-05-01T00:00:00Z' });
    const patch = (customTime: string | null) =>
      local.call('PATCH', `/storage/v1/b/${bucket}/o/a`, { body: { customTime } });
    expect((await patch('2026-06-01T00:00:00+02:00')).status).toBe(200);
    expect((await patch('2026-05-01T00:00:00Z')).status).toBe(400);
    expect((await patch(null)).status).toBe(400);
  });
});

describe('what keeps an object', () => {
  it.each(['temporaryHold', 'eventBasedHold'])('is its %s, until it is taken away', async (hold) => {
    const bucket = await newBucket(local.cloud);
    await insert(bucket, { name: 'a', [hold]: true });
    const object = `/storage/v1/b/${bucket}/o/a`;
    const refused = await local.call('DELETE', object);
    expect([refused.status, refused.body.error.message]).toEqual([
      403,
      expect.stringContaining('under active'),
    ]);
    expect((await upload(local.cloud, bucket, 'a', 'other')).status).toBe(403);
    expect((await local.call('POST', `${object}/moveTo/o/b`)).status).toBe(403);
    await local.call('PATCH', object, { body: { [hold]: false } });
    expect((await local.call('DELETE', object)).status).toBe(204);
  });

  it('is the default hold of its bucket', async () => {
    const bucket = await newBucket(local.cloud, { defaultEventBasedHold: true });
    expect((await upload(local.cloud, bucket, 'a', 'text')).body.eventBasedHold).toBe(true);
  });

  it("is its bucket's retention policy, for its time", async () => {
    const bucket = await newBucket(local.cloud, { retentionPolicy: { retentionPeriod: '60' } });
    const { timeCreated, retentionExpirationTime } = (await upload(local.cloud, bucket, 'a', 'text')).body;
    expect(Date.parse(retentionExpirationTime) - Date.parse(timeCreated)).toBe(60_000);
    const refused = await upload(local.cloud, bucket, 'a', 'other');
    expect([refused.status, refused.body.error.errors[0].reason]).toEqual([403, 'retentionPolicyNotMet']);
    const settings = await local.call('GET', `/storage/v1/b/${bucket}`);
    expect(settings.body.retentionPolicy).toEqual({
      retentionPeriod: '60',
      effectiveTime: expect.any(String),
    });
    local.cloud.faults.clockOffsetSeconds = 61;
    expect((await upload(local.cloud, bucket, 'a', 'other')).status).toBe(200);
    local.cloud.faults.clear();
  });
});

it("lets a requester-pays bucket's objects be asked for only by who names a project that pays", async () => {
  const bucket = await newBucket(local.cloud, { billing: { requesterPays: true } });
  const refused = await upload(local.cloud, bucket, 'a', 'text');
  expect([refused.status, refused.body.error.errors[0].reason]).toEqual([400, 'required']);
  expect((await upload(local.cloud, bucket, 'a', 'text', '&userProject=demo-project')).status).toBe(200);
  const xml = await send(local.cloud, 'GET', `/${bucket}/a`);
  expect(await message(xml)).toEqual([400, expect.stringContaining('<Code>UserProjectMissing</Code>')]);
  const paid = await send(local.cloud, 'GET', `/${bucket}/a`, {
    headers: { 'x-goog-user-project': 'demo-project' },
  });
  expect(await paid.text()).toBe('text');
  expect((await local.call('PATCH', `/storage/v1/b/${bucket}`, { body: { billing: null } })).status).toBe(
    200,
  );
  expect((await send(local.cloud, 'GET', `/${bucket}/a`)).status).toBe(200);
});

it('keeps the storage class of an object', async () => {
  const bucket = await newBucket(local.cloud);
  const { body } = await insert(bucket, { name: 'a', storageClass: 'COLDLINE' });
  expect(body).toMatchObject({ storageClass: 'COLDLINE', timeFinalized: body.timeCreated });
});

describe('a list by matchGlob', () => {
  const names = ['a.txt', 'b.log', 'dir/c.txt', 'dir/deep/d.txt', 'e[1].txt', 'x-1', 'x-2'];
  it.each([
    ['*.txt', ['a.txt', 'e[1].txt']],
    ['**.txt', ['a.txt', 'dir/c.txt', 'dir/deep/d.txt', 'e[1].txt']],
    ['dir/*', ['dir/c.txt']],
    ['?.{txt,log}', ['a.txt', 'b.log']],
    ['x-[!1]', ['x-2']],
    ['x-[0-1]', ['x-1']],
    ['e\\[1\\].txt', ['e[1].txt']],
    ['(a|b).*', []],
  ])('%s', async (glob, found) => {
    const bucket = await newBucket(local.cloud);
    await Promise.all(names.map((name) => upload(local.cloud, bucket, name, '')));
    const { body } = await local.call(
      'GET',
      `/storage/v1/b/${bucket}/o?matchGlob=${encodeURIComponent(glob)}`,
    );
    expect((body.items ?? []).map(({ name }: { name: string }) => name)).toEqual(found);
  });

  it.each(['[', '{a', '[a-'])('refuses %s', async (glob) => {
    const url = `/storage/v1/b/${await newBucket(local.cloud)}/o?matchGlob=${encodeURIComponent(glob)}`;
    expect((await local.call('GET', url)).status).toBe(400);
  });
});

it('moves an object to another name', async () => {
  const bucket = await newBucket(local.cloud);
  await upload(local.cloud, bucket, 'from/a', 'text');
  const moved = await local.call('POST', `/storage/v1/b/${bucket}/o/from%2Fa/moveTo/o/to%2Fb`);
  expect([moved.status, moved.body.name]).toEqual([200, 'to/b']);
  expect((await local.call('GET', `/storage/v1/b/${bucket}/o/from%2Fa`)).status).toBe(404);
});

describe('the policy of an object', () => {
  const reader = 'user:reader@example.com';

  it('grants it alone, without uniform access', async () => {
    const bucket = await newBucket(local.cloud, {});
    for (const name of ['a', 'b']) await upload(local.cloud, bucket, name, 'text');
    const object = `/storage/v1/b/${bucket}/o/a`;
    const { body: policy } = await local.call('GET', `${object}/iam`);
    const bindings = [{ role: 'roles/storage.legacyObjectReader', members: [reader] }];
    expect((await local.call('PUT', `${object}/iam`, { body: { ...policy, bindings } })).status).toBe(200);
    expect((await local.call('GET', object, { as: reader })).status).toBe(200);
    expect((await local.call('GET', `/storage/v1/b/${bucket}/o/b`, { as: reader })).status).toBe(403);
    const held = await local.call(
      'GET',
      `${object}/iam/testPermissions?permissions=storage.objects.get&permissions=storage.objects.delete`,
      { as: reader },
    );
    expect(held.body.permissions).toEqual(['storage.objects.get']);
  });

  it('is none with uniform access, where the bucket decides', async () => {
    const bucket = await newBucket(local.cloud);
    await upload(local.cloud, bucket, 'a', 'text');
    await grantOnBucket(local.cloud, bucket, { role: 'roles/storage.objectViewer', members: [reader] });
    const { status, body } = await local.call('GET', `/storage/v1/b/${bucket}/o/a/iam`);
    expect([status, body.error.message]).toEqual([
      400,
      expect.stringContaining('uniform bucket-level access'),
    ]);
  });
});
