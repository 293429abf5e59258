import { beforeAll, expect, it } from 'vitest';
import { localCloud } from './support.ts';

const context = localCloud();
const services = '/run/apis/serving.knative.dev/v1/namespaces/demo-project/services';
const image = 'us-central1-docker.pkg.dev/demo-project/repo/held';
const email = 'runner@demo-project.iam.gserviceaccount.com';

/** Holds requests until two are there, and for a moment more; each answer says how many were held at a time at most. */
const holding = `
  const held = [];
  let most = 0;
  const server = require('node:http').createServer((request, response) => {
    if (request.url === '/up') return response.end();
    const end = () => response.end(String(most));
    if (request.url === '/alone') return setTimeout(end, 50);
    held.push(end);
    most = Math.max(most, held.length);
    if (held.length === 2) setTimeout(() => { for (const go of held.splice(0)) go(); }, 50);
  });
  server.listen(process.env.PORT, '127.0.0.1');
  process.on('SIGTERM', () => process.exit(0));`;

let url: string;
let token: string;

beforeAll(async () => {
  const { cloud, call } = context;
  cloud.images.set(image, { command: [process.execPath, '-e', holding] });
  await call('POST', '/iam/v1/projects/demo-project/serviceAccounts', { body: { accountId: 'runner' } });
  const containers = [{ image, startupProbe: { httpGet: { path: '/up' } } }];
  await call('POST', services, {
    body: {
      apiVersion: 'serving.knative.dev/v1',
      kind: 'Service',
      metadata: { name: 'held' },
      spec: { template: { spec: { serviceAccountName: email, containerConcurrency: 2, containers } } },
    },
  });
  for (;;) {
    const { body } = await call('GET', `${services}/held`);
    if (body.status.conditions[0].status === 'True') {
      url = body.status.url;
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  token = await cloud.identityTokenFor(cloud.owner, url);
});

const ask = (path = '/alone', signal?: AbortSignal) =>
  fetch(url + path, { headers: { authorization: `Bearer ${token}` }, ...(signal && { signal }) });

it('lets no more requests into the container than its concurrency says, and answers all', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, async () => (await ask('/')).text()));
  expect(answers).toHaveLength(8);
  expect(Math.max(...answers.map(Number))).toBe(2);
});

it('gives back the place of a client that went away, while it waited or was served', async () => {
  const aborting = new AbortController();
  const gone = Array.from({ length: 6 }, () => ask('/alone', aborting.signal).catch(() => 'gone'));
  const served = ask();
  aborting.abort();
  expect(await Promise.all(gone)).toEqual(Array(6).fill('gone'));
  expect((await served).status).toBe(200);
  expect((await Promise.all([ask(), ask(), ask()])).map(({ status }) => status)).toEqual([200, 200, 200]);
});
