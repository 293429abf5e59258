import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { localCloud } from '../support.ts';
import { type GcloudCall, gcloud, multipart, urlSafe } from './support.ts';

const context = localCloud();
const send = (method: string, path: string, call?: GcloudCall) => gcloud(context.cloud, method, path, call);

const BUCKET = 'demo-project-cloudrun-identity';
const B = `/storage/v1/b/${BUCKET}`;
const STAT = 'alt=json&fields=bucket%2Cname%2Csize%2Cgeneration&projection=noAcl';
const LIST =
  'alt=json&fields=prefixes%2Citems%2Fname%2Citems%2Fsize%2Citems%2Fgeneration%2CnextPageToken&delimiter=%2F&includeFoldersAsPrefixes=True&maxResults=1000&projection=noAcl';

/** `gcloud storage cp FILE gs://BUCKET/NAME` for a small file. */
function upload(name: string, content: Buffer, query = '') {
  const resource = { bucket: BUCKET, contentType: 'application/octet-stream', name };
  const url = `/upload/storage/v1/b/${BUCKET}/o?alt=json${query}&uploadType=multipart`;
  return send('POST', url, multipart(resource, resource.contentType, content));
}

beforeAll(async () => {
  const { status } = await send(
    'POST',
    '/storage/v1/b?alt=json&enableObjectRetention=False&project=demo-project&projection=noAcl',
    {
      body: {
        iamConfiguration: { publicAccessPrevention: 'enforced', uniformBucketLevelAccess: { enabled: true } },
        location: 'us-central1',
        name: BUCKET,
      },
    },
  );
  expect(status).toBe(200);
});

describe('gcloud storage buckets', () => {
  it('describe, list, update', async () => {
    const described = await send('GET', `${B}?alt=json&projection=full`);
    expect(described.body).toMatchObject({ name: BUCKET, location: 'US-CENTRAL1' });
    const listed = await send(
      'GET',
      '/storage/v1/b?alt=json&maxResults=1000&project=demo-project&projection=full',
    );
    expect(listed.body.items).toEqual([described.body]);
    const updated = await send('PATCH', `${B}?alt=json&projection=noAcl`, {
      body: { name: BUCKET, versioning: { enabled: true } },
    });
    expect(updated.body.versioning).toEqual({ enabled: true });
  });

  it('add-iam-policy-binding with a condition', async () => {
    const read = await send(
      'GET',
      `${B}/iam?alt=json&fields=bindings%2Cetag&optionsRequestedPolicyVersion=3`,
    );
    expect(Object.keys(read.body).sort()).toEqual(['bindings', 'etag']);
    // gcloud reads it in another alphabet than it has written it in.
    expect(read.body.etag).toMatch(/^[A-Za-z0-9]+=*$/);
    const expression = `resource.name=='projects/_/buckets/${BUCKET}/objects/config.enc'`;
    const added = {
      condition: { expression, title: 'config.enc only' },
      members: ['serviceAccount:cloud-run-identity@demo-project.iam.gserviceaccount.com'],
      role: 'roles/storage.objectViewer',
    };
    const body = { bindings: [...read.body.bindings, added], etag: urlSafe(read.body.etag), version: 3 };
    const set = await send('PUT', `${B}/iam?alt=json`, { body });
    expect(set).toMatchObject({ status: 200, body: { version: 3 } });
    expect(set.body.bindings).toContainEqual(added);
    expect((await send('PUT', `${B}/iam?alt=json`, { body })).status).toBe(412);
  });
});

describe('gcloud storage', () => {
  it('cp of a file, cat, ls: only the fields that it asks for', async () => {
    // Line breaks of both kinds: they end neither the part nor the file.
    const content = Buffer.from('\n--=\r\n\r\nDB_PASS\r');
    expect((await send('GET', `${B}/o/config.enc?${STAT}`)).status).toBe(404);
    const uploaded = await upload('config.enc', content);
    expect(uploaded.body).toMatchObject({ name: 'config.enc', size: String(content.length) });
    const { generation } = uploaded.body;
    const stat = await send('GET', `${B}/o/config.enc?${STAT}`);
    expect(stat.body).toEqual({
      bucket: BUCKET,
      name: 'config.enc',
      size: String(content.length),
      generation,
    });
    const media = await send('GET', `${B}/o/config.enc?alt=media&generation=${generation}`);
    expect(media.body).toEqual(content);
    expect(media.headers['x-goog-hash']).toContain(`crc32c=${uploaded.body.crc32c}`);
    const range = await send('GET', `${B}/o/config.enc?alt=media`, { headers: { range: 'bytes=0-3' } });
    expect(range).toMatchObject({ status: 206, body: content.subarray(0, 4) });
    await upload('folder/file', content);
    const listed = await send('GET', `${B}/o?${LIST}`);
    expect(listed.body).toMatchObject({ prefixes: ['folder/'] });
    expect(listed.body.items).toContainEqual({
      name: 'config.enc',
      size: String(content.length),
      generation,
    });
  });

  it('cp --if-generation-match=0 does not replace', async () => {
    const first = await upload('once', Buffer.from('1'), '&ifGenerationMatch=0');
    expect(first.status).toBe(200);
    expect((await upload('once', Buffer.from('2'), '&ifGenerationMatch=0')).status).toBe(412);
    expect((await send('GET', `${B}/o/once?${STAT}`)).body.generation).toBe(first.body.generation);
  });

  it('cp of a large file: in chunks, at the address that discovery has for it', async () => {
    const content = randomBytes(3 * 256 * 1024 + 1);
    const start = await send(
      'POST',
      `/resumable/upload/storage/v1/b/${BUCKET}/o?alt=json&uploadType=resumable`,
      {
        headers: {
          'x-upload-content-length': String(content.length),
          'x-upload-content-type': 'application/octet-stream',
        },
        body: { bucket: BUCKET, contentType: 'application/octet-stream', name: 'large' },
      },
    );
    const { pathname, search } = new URL(String(start.headers.location));
    const half = 2 * 256 * 1024;
    const chunk = (from: number, to: number) => ({
      headers: {
        'content-type': 'application/octet-stream',
        'content-range': `bytes ${from}-${to - 1}/${content.length}`,
      },
      body: content.subarray(from, to),
    });
    const incomplete = await send('PUT', pathname + search, chunk(0, half));
    expect(incomplete.status).toBe(308);
    expect(incomplete.headers.range).toBe(`bytes=0-${half - 1}`);
    const complete = await send('PUT', pathname + search, chunk(half, content.length));
    expect(complete).toMatchObject({ status: 200, body: { name: 'large', size: String(content.length) } });
    expect((await send('GET', `${B}/o/large?alt=media`)).body).toEqual(content);
  });

  it('cp from one object to another, objects update, rm', async () => {
    const { body: source } = await upload('source', Buffer.from('secret'));
    const { crc32c, md5Hash, contentType } = source;
    const copied = await send(
      'POST',
      `${B}/o/source/rewriteTo/b/${BUCKET}/o/target?alt=json&maxBytesRewrittenPerCall=104857600`,
      {
        body: { bucket: BUCKET, contentType, crc32c, md5Hash, name: 'target' },
      },
    );
    expect(copied.body).toMatchObject({ done: true, resource: { name: 'target', crc32c } });
    const updated = await send('PATCH', `${B}/o/target?alt=json&projection=noAcl`, {
      body: { bucket: BUCKET, metadata: { 'kms-key-version': 'projects/p' }, name: 'target', size: '6' },
    });
    expect(updated.body.metadata).toEqual({ 'kms-key-version': 'projects/p' });
    expect((await send('DELETE', `${B}/o/target?alt=json`)).status).toBe(204);
    expect((await send('GET', `${B}/o/target?${STAT}`)).status).toBe(404);
    const versions = await send('GET', `${B}/o?alt=json&prefix=target&versions=True&projection=noAcl`);
    expect(versions.body.items).toHaveLength(1);
  });

  it('rm -r asks for folders that there are none of', async () => {
    expect((await send('GET', `${B}/managedFolders?alt=json&pageSize=1000`)).body).toEqual({
      kind: 'storage#managedFolders',
    });
    expect((await send('GET', `${B}/storageLayout?alt=json`)).body).toMatchObject({ bucket: BUCKET });
  });
});
