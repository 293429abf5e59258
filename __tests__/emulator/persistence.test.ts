import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
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
  const serviceIds = [
    'artifactregistry',
    'cloudkms',
    'iam',
    'logging',
    'policytroubleshooter',
    'run',
    'storage',
  ].map((name) => `${name}.googleapis.com`);
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

  it('has larger bytes in files of their own, each written once, and none that nothing names', async () => {
    const cloud = await start();
    await fill(cloud);
    // What can be restored would keep its file.
    const softDeletePolicy = { retentionDurationSeconds: '0' };
    await call(cloud, 'PATCH', '/storage/v1/b/kept-bucket', { body: { softDeletePolicy } });
    const store = (name: string, seed: string) =>
      call(cloud, 'POST', `/upload/storage/v1/b/kept-bucket/o?uploadType=media&name=${name}`, {
        body: { filler: seed.repeat(20_000) },
      });
    await store('large', 'a');
    const files = () => readdirSync(path.join(dataDirectory, 'objects'));
    const [first = ''] = files();
    const { mtimeNs } = statSync(path.join(dataDirectory, 'objects', first), { bigint: true });
    expect(statSync(path.join(dataDirectory, 'local-cloud.state')).size).toBeLessThan(20_000);
    await store('other', 'b');
    expect(files()).toHaveLength(2);
    expect(statSync(path.join(dataDirectory, 'objects', first), { bigint: true }).mtimeNs).toBe(mtimeNs);
    writeFileSync(path.join(dataDirectory, 'objects', 'left-behind'), 'half');
    writeFileSync(path.join(dataDirectory, 'local-cloud.state.tmp'), 'half');
    const after = await restart();
    expect(files()).toHaveLength(2);
    expect(readdirSync(dataDirectory).sort()).toEqual(['local-cloud.state', 'objects']);
    const { body } = await call(after, 'GET', '/storage/v1/b/kept-bucket/o/large?alt=media');
    expect(body).toEqual({ filler: 'a'.repeat(20_000) });
    const list = await call(after, 'GET', '/storage/v1/b/kept-bucket/o?versions=true&prefix=large');
    const { generation } = list.body.items[0];
    await call(after, 'DELETE', `/storage/v1/b/kept-bucket/o/large?generation=${generation}`);
    expect(files()).toHaveLength(1);
  });

  it('has every write that was answered, whole, after kill -9 among others', {
    timeout: 120_000,
  }, async () => {
    const content = (name: string) => createHash('sha512').update(name).digest('hex').repeat(400);
    const answered = new Set<string>();
    // The moments of the kills: after so many answers, while others are under way.
    for (const [round, answers] of [3, 9].entries()) {
      const { child, endpoint } = await startProgram();
      if (round === 0) await post(endpoint, '/storage/v1/b?project=demo-project', '{"name":"kept-bucket"}');
      const gone = once(child, 'exit');
      let left = answers;
      const write = async (lane: number) => {
        for (let index = 0; left > 0; index += 1) {
          const name = `${round}-${lane}-${index}`;
          const url = `/upload/storage/v1/b/kept-bucket/o?uploadType=media&name=${name}`;
          if (!(await post(endpoint, url, content(name)).catch(() => false))) return;
          answered.add(name);
          left -= 1;
        }
        child.kill('SIGKILL');
      };
      await Promise.all([0, 1, 2, 3].map(write));
      await gone;
    }
    const cloud = await start();
    const { body } = await call(cloud, 'GET', '/storage/v1/b/kept-bucket/o');
    const names: string[] = body.items.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining([...answered]));
    for (const { name, md5Hash } of body.items) {
      expect([name, md5Hash]).toEqual([name, createHash('md5').update(content(name)).digest('base64')]);
      const media = `/storage/v1/b/kept-bucket/o/${name}?alt=media`;
      const { text } = await download(cloud, media);
      expect(text).toBe(content(name));
    }
    expect(readdirSync(path.join(dataDirectory, 'objects'))).toHaveLength(names.length);
  });
});

const PROGRAM = path.resolve(import.meta.dirname, '../../emulator/bin.js');

/** The local cloud as a program of its own, and the address at which who asks is the owner. */
async function startProgram(): Promise<{ child: ChildProcess; endpoint: string }> {
  const readyFile = path.join(dataDirectory, 'ready.json');
  rmSync(readyFile, { force: true });
  const options = ['--project', 'demo-project', '--data', dataDirectory, '--ready', readyFile];
  const child = spawn(process.execPath, [PROGRAM, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  // It says so when it is ready.
  await once(child.stdout, 'data');
  const { principals, owner } = JSON.parse(readFileSync(readyFile, 'utf8'));
  return { child, endpoint: principals[owner].environment.STORAGE_EMULATOR_HOST };
}

async function post(endpoint: string, url: string, body: string): Promise<boolean> {
  const type = body.startsWith('{') ? 'application/json' : 'application/octet-stream';
  const answer = await fetch(endpoint + url, { method: 'POST', body, headers: { 'content-type': type } });
  await answer.arrayBuffer();
  return answer.ok;
}

async function download(cloud: LocalCloud, url: string): Promise<{ text: string }> {
  const headers = { authorization: `Bearer ${cloud.tokenFor(cloud.owner)}` };
  return { text: await (await fetch(cloud.url + url, { headers })).text() };
}
