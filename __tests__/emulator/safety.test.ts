import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { patience } from '../support/patience.ts';
import { localCloud } from './support.ts';

const context = localCloud();
const email = 'runner@demo-project.iam.gserviceaccount.com';
const member = `serviceAccount:${email}`;
const services = '/run/apis/serving.knative.dev/v1/namespaces/demo-project/services';
/** Every kind of listener that the local cloud has, and what a client asks there. */
const listeners: Record<string, { url: string; headers?: Record<string, string> }> = {};

beforeAll(async () => {
  const { cloud, call } = context;
  await call('POST', '/iam/v1/projects/demo-project/serviceAccounts', { body: { accountId: 'runner' } });
  const container =
    "require('node:http').createServer((_, r) => r.end('page')).listen(process.env.PORT, '127.0.0.1')";
  cloud.images.set('*', { command: [process.execPath, '-e', container] });
  const spec = { serviceAccountName: email, containers: [{ image: 'r/i:1' }] };
  const body = { apiVersion: 'serving.knative.dev/v1', kind: 'Service', metadata: { name: 'page' } };
  await call('POST', services, { body: { ...body, spec: { template: { spec } } } });
  const policy = { bindings: [{ role: 'roles/run.invoker', members: ['allUsers'] }] };
  const service = '/run/v1/projects/demo-project/locations/us-central1/services/page';
  await call('POST', `${service}:setIamPolicy`, { body: { policy } });
  let url: string | undefined;
  while (!url) {
    const { status } = (await call('GET', `${services}/page`)).body;
    if (status.conditions[0].status === 'True') url = status.url;
    else await sleep(20);
  }
  listeners.service = { url };
  const storage = '/storage/v1/b?project=demo-project';
  listeners.api = {
    url: cloud.url + storage,
    headers: { authorization: `Bearer ${cloud.tokenFor(cloud.owner)}` },
  };
  listeners['address of a principal'] = { url: (await cloud.endpointFor(cloud.owner)) + storage };
  listeners['path of a principal'] = { url: cloud.as(cloud.owner).storage.apiEndpoint + storage };
  listeners['metadata server'] = {
    url: `http://${await cloud.metadataServerFor(email)}/computeMetadata/v1/instance/service-accounts/default/token`,
    headers: { 'metadata-flavor': 'Google' },
  };
});

/** Asks with headers that fetch would not let one set. */
async function ask(
  kind: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<number | undefined> {
  const { url, headers: own } = listeners[kind] as { url: string; headers?: Record<string, string> };
  const asked = request(url, { method, headers: { ...own, ...headers } }).end();
  const [answer] = await once(asked, 'response');
  answer.resume();
  return answer.statusCode;
}

const KINDS = ['api', 'address of a principal', 'path of a principal', 'metadata server', 'service'];

describe.each(KINDS)('the %s', (kind) => {
  it.each([
    ['no web page', {}],
    ['localhost', { host: 'localhost:1234' }],
    ["a page of this machine's", { origin: 'http://localhost:3000', 'sec-fetch-site': 'cross-site' }],
    ['an address that somebody typed', { 'sec-fetch-site': 'none' }],
  ])('answers %s', async (_what, headers) => {
    expect(await ask(kind, headers as Record<string, string>)).toBe(200);
  });

  it.each([
    ['a name that was made to lead here', { host: 'evil.example:80', 'sec-fetch-site': 'same-origin' }],
    ['a name that looks like ours', { host: '127.0.0.1.evil.example' }],
    ['another origin', { origin: 'https://evil.example' }],
    ['an origin that looks like ours', { origin: 'http://127.0.0.1.evil.example' }],
    ['an origin that is kept secret', { origin: 'null' }],
    ['an image or a script of another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
  ])('refuses %s', async (_what, headers) => {
    expect(await ask(kind, headers as Record<string, string>)).toBe(403);
    expect(await ask(kind, headers as Record<string, string>, 'POST')).toBe(403);
  });
});

it('lets a link lead to a service, and to nothing else', async () => {
  const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
  expect(await Promise.all(KINDS.map((kind) => ask(kind, link)))).toEqual([403, 403, 403, 403, 200]);
});

it.runIf(process.platform === 'linux')(
  'needs no token only at addresses that cannot be guessed',
  async () => {
    const { cloud } = context;
    const addresses = await Promise.all([
      cloud.endpointFor(cloud.owner),
      cloud.endpointFor(member),
      cloud.metadataServerFor(email).then((host) => `http://${host}`),
    ]);
    const hosts = addresses.map((address) => new URL(address).hostname);
    expect(new Set([...hosts, '127.0.0.1']).size).toBe(4);
  },
);

it('leaves no process of a service behind, not even after kill -9', async () => {
  const cloud = pathToFileURL(path.resolve(import.meta.dirname, '../../emulator/cloud.ts')).href;
  const container =
    "console.log(process.pid); require('node:http').createServer((_, r) => r.end()).listen(process.env.PORT, '127.0.0.1')";
  const stack = {
    provider: { google: [{ project: 'demo-project', region: 'us-central1' }] },
    resource: {
      google_service_account: { a: { account_id: 'runner' } },
      google_cloud_run_service: {
        s: {
          name: 'left-behind',
          location: 'us-central1',
          template: { spec: { service_account_name: email, containers: [{ image: 'r/i:1' }] } },
          traffic: [{ percent: 100, latest_revision: true }],
          depends_on: ['google_service_account.a'],
        },
      },
    },
  };
  const program = `
    const { startLocalCloud } = await import(${JSON.stringify(cloud)});
    const images = { '*': { command: [process.execPath, '-e', ${JSON.stringify(container)}] } };
    const onLog = ({ line }) => /^\\d+$/.test(line) && console.log(line);
    await startLocalCloud({ images, onLog, apply: ${JSON.stringify(stack)} });`;
  const owner = spawn(process.execPath, ['--input-type=module', '--eval', program]);
  const [line] = await once(owner.stdout, 'data');
  const pid = Number(String(line));
  expect(isRunning(pid)).toBe(true);
  owner.kill('SIGKILL');
  await expect.poll(() => isRunning(pid), patience).toBe(false);
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
