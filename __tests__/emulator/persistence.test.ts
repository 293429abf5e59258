import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import { call } from './support.ts';

let dataDirectory: string;
const running: LocalCloud[] = [];
beforeEach(() => {
  dataDirectory = mkdtempSync(path.join(tmpdir(), 'local-cloud-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((cloud) => cloud.close()));
  rmSync(dataDirectory, { recursive: true });
});

const repository = 'us-central1-docker.pkg.dev/demo-project/repo/app';
const container =
  "require('node:http').createServer((_, response) => response.end('served')).listen(process.env.PORT, '127.0.0.1')";
const images = { [repository]: { command: [process.execPath, '-e', container] as const } };

async function start(projectId = 'demo-project'): Promise<LocalCloud> {
  const cloud = await startLocalCloud({ projectId, dataDirectory, images, enabledServices: [] });
  running.push(cloud);
  return cloud;
}

async function restart(): Promise<LocalCloud> {
  await running.pop()?.close();
  return start();
}

const ring = 'projects/demo-project/locations/global/keyRings/ring';
const account = 'runner@demo-project.iam.gserviceaccount.com';
const services = '/run/apis/serving.knative.dev/v1/namespaces/demo-project/services';

async function fill(cloud: LocalCloud): Promise<void> {
  const post = (url: string, body?: object) => call(cloud, 'POST', url, { body });
  const serviceIds = ['artifactregistry', 'cloudkms', 'iam', 'run', 'storage'].map(
    (name) => `${name}.googleapis.com`,
  );
  await post('/serviceusage/v1/projects/demo-project/services:batchEnable', { serviceIds });
  await post('/kms/v1/projects/demo-project/locations/global/keyRings?keyRingId=ring');
  await post(`/kms/v1/${ring}/cryptoKeys?cryptoKeyId=key`, { purpose: 'ENCRYPT_DECRYPT' });
  await post('/iam/v1/projects/demo-project/serviceAccounts', { accountId: 'runner' });
  await post('/storage/v1/b?project=demo-project', { name: 'kept-bucket', versioning: { enabled: true } });
  await post('/upload/storage/v1/b/kept-bucket/o?uploadType=media&name=o', { version: 1 });
  await post('/upload/storage/v1/b/kept-bucket/o?uploadType=media&name=o', { version: 2 });
  const repositories = '/artifactregistry/v1/projects/demo-project/locations/us-central1/repositories';
  await post(`${repositories}?repositoryId=repo`, { format: 'DOCKER' });
  const bindings = [{ role: 'roles/cloudkms.viewer', members: [`serviceAccount:${account}`] }];
  await post(`/kms/v1/${ring}/cryptoKeys/key:setIamPolicy`, { policy: { bindings } });
  const spec = { serviceAccountName: account, containers: [{ image: repository }] };
  const service = { apiVersion: 'serving.knative.dev/v1', kind: 'Service', metadata: { name: 'app' } };
  await post(services, { ...service, spec: { template: { spec } } });
}

async function ready(cloud: LocalCloud) {
  for (;;) {
    const { body } = await call(cloud, 'GET', `${services}/app`);
    if (body.status.conditions[0].status !== 'Unknown') return body;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('the state of a local cloud with a data directory', () => {
  it('is the same after a restart, and the services run again at their addresses', async () => {
    const before = await start();
    await fill(before);
    const { body: sealed } = await call(before, 'POST', `/kms/v1/${ring}/cryptoKeys/key:encrypt`, {
      body: { plaintext: 'c2VjcmV0' },
    });
    const { status, metadata } = await ready(before);
    const token = before.tokenFor(before.owner);
    const reads = [
      `/kms/v1/${ring}/cryptoKeys/key`,
      `/kms/v1/${ring}/cryptoKeys/key:getIamPolicy`,
      `/iam/v1/projects/demo-project/serviceAccounts/${account}`,
      '/storage/v1/b/kept-bucket/iam',
      '/artifactregistry/v1/projects/demo-project/locations/us-central1/repositories',
      '/serviceusage/v1/projects/demo-project/services?filter=state:ENABLED',
    ];
    const read = (cloud: LocalCloud) => Promise.all(reads.map((url) => call(cloud, 'GET', url, { token })));
    const answers = await read(before);
    expect(answers.map((answer) => answer.status)).toEqual(reads.map(() => 200));

    const after = await restart();
    expect(await read(after)).toEqual(answers);
    const { ciphertext } = sealed;
    const opened = await call(after, 'POST', `/kms/v1/${ring}/cryptoKeys/key:decrypt`, {
      body: { ciphertext },
    });
    expect(opened.body.plaintext).toBe('c2VjcmV0');
    const { body: list } = await call(after, 'GET', '/storage/v1/b/kept-bucket/o?versions=true');
    expect(list.items).toHaveLength(2);
    const content = await call(after, 'GET', '/storage/v1/b/kept-bucket/o/o?alt=media');
    expect(content.body).toEqual({ version: 2 });
    const again = await ready(after);
    expect(again.status.url).toBe(status.url);
    expect(again.metadata).toEqual({ ...metadata, annotations: expect.anything() });
    const identity = await after.identityTokenFor(after.owner, status.url);
    const page = await fetch(status.url, { headers: { authorization: `Bearer ${identity}` } });
    expect(await page.text()).toBe('served');
  });

  it('is one file that only its owner can read, without half-written ones beside it', async () => {
    await fill(await start());
    expect(readdirSync(dataDirectory)).toEqual(['local-cloud.state']);
    if (process.platform !== 'win32') {
      expect(statSync(path.join(dataDirectory, 'local-cloud.state')).mode & 0o777).toBe(0o600);
    }
  });

  it('is not written by what only reads, though it is a POST', async () => {
    const cloud = await start();
    await fill(cloud);
    await ready(cloud);
    const key = `/kms/v1/${ring}/cryptoKeys/key`;
    const { body: sealed } = await call(cloud, 'POST', `${key}:encrypt`, { body: { plaintext: 'c2VjcmV0' } });
    const project = '/crm/v1/projects/demo-project';
    const troubleshoot = '/policytroubleshooter/v1/iam:troubleshoot';
    const fullResourceName = `//cloudkms.googleapis.com/${ring}`;
    const reads: [url: string, body: object][] = [
      [`${key}:decrypt`, { ciphertext: sealed.ciphertext }],
      [`${key}:testIamPermissions`, { permissions: ['cloudkms.cryptoKeys.get'] }],
      [`${project}:getIamPolicy`, {}],
      [troubleshoot, { accessTuple: { principal: cloud.owner, permission: 'a.b.c', fullResourceName } }],
      ['/logging/v2/entries:list', { resourceNames: ['projects/demo-project'] }],
      ['/local/v1/principals', { member: cloud.owner }],
      ['/local/v1/identity-tokens', { audience: 'https://example.com' }],
    ];
    rmSync(path.join(dataDirectory, 'local-cloud.state'));
    for (const [url, body] of reads) {
      expect((await call(cloud, 'POST', url, { body })).status).toBe(200);
      expect(readdirSync(dataDirectory)).toEqual([]);
    }
    await call(cloud, 'POST', `${key}:encrypt`, { body: { plaintext: 'c2VjcmV0' } });
    expect(readdirSync(dataDirectory)).toEqual(['local-cloud.state']);
  });

  it('is left alone when it is not the one that was asked for', async () => {
    await fill(await start());
    await running.pop()?.close();
    const file = path.join(dataDirectory, 'local-cloud.state');
    const bytes = readFileSync(file);
    await expect(start('other-project')).rejects.toThrow(
      /holds the project "demo-project", not "other-project"/,
    );
    writeFileSync(file, 'something else');
    await expect(start()).rejects.toThrow(/is not the state of a local cloud/);
    expect(readFileSync(file, 'utf8')).toBe('something else');
    writeFileSync(file, bytes);
    expect((await call(await start(), 'GET', `/kms/v1/${ring}`)).status).toBe(200);
  });
});
