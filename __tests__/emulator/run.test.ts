import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ContainerLogEntry } from '../../emulator/cloud.ts';
import { repositoryOf } from '../../emulator/run/images.ts';
import { localCloud } from './support.ts';

const log: ContainerLogEntry[] = [];
const context = localCloud({ onLog: (entry) => log.push(entry) });
const services = '/run/apis/serving.knative.dev/v1/namespaces/demo-project/services';
const repository = 'us-central1-docker.pkg.dev/demo-project/repo';
const email = 'runner@demo-project.iam.gserviceaccount.com';

/** A container that answers with its environment; `/fail` is a probe that fails, `/crash` ends it. */
const echo = `
  const server = require('node:http').createServer((request, response) => {
    if (request.url === '/crash') process.exit(3);
    response.statusCode = request.url === '/fail' ? 500 : 200;
    response.end(JSON.stringify({ url: request.url, headers: request.headers, env: process.env }));
  });
  server.listen(process.env.PORT, '127.0.0.1');
  process.on('SIGTERM', () => process.exit(0));
  console.log('listening');`;

interface Deployed {
  readonly status: {
    readonly url: string;
    readonly latestReadyRevisionName?: string;
    readonly latestCreatedRevisionName: string;
    readonly conditions: { type: string; status: string; reason?: string; message?: string }[];
  };
  // biome-ignore lint/suspicious/noExplicitAny: sent back as it was read
  readonly [field: string]: any;
}

function service(name: string, image: string, container: object = {}) {
  const startupProbe = { httpGet: { path: '/up' }, periodSeconds: 1, failureThreshold: 2, timeoutSeconds: 1 };
  const containers = [{ image: `${repository}/${image}:latest`, startupProbe, ...container }];
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name },
    spec: { template: { spec: { serviceAccountName: email, containers } } },
  };
}

async function settled(name: string, base = services): Promise<Deployed> {
  for (;;) {
    const { body } = await context.call('GET', `${base}/${name}`);
    if (body.status.conditions[0].status !== 'Unknown') return body;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function deploy(body: ReturnType<typeof service>): Promise<Deployed> {
  const answer = await context.call('POST', services, { body });
  expect(answer).toMatchObject({ status: 200, body: { metadata: { generation: 1 }, status: {} } });
  return settled(body.metadata.name);
}

async function invoke(url: string, path = '/', member = context.cloud.owner) {
  const token = await context.cloud.identityTokenFor(member, url);
  return fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
}

beforeAll(async () => {
  await context.call('POST', '/iam/v1/projects/demo-project/serviceAccounts', {
    body: { accountId: 'runner' },
  });
  context.cloud.images.set(`${repository}/echo`, { command: [process.execPath, '-e', echo] });
  context.cloud.images.set(`${repository}/exits`, { command: [process.execPath, '-e', 'process.exit(7)'] });
});

describe('a service', () => {
  it('runs with exactly the environment of its container and of Cloud Run', async () => {
    const env = [{ name: 'BUCKET_NAME', value: 'bucket' }];
    const deployed = await deploy(service('environment', 'echo', { env }));
    const { status } = deployed;
    expect(status.conditions.map(({ type, status: value }) => [type, value])).toEqual([
      ['Ready', 'True'],
      ['ConfigurationsReady', 'True'],
      ['RoutesReady', 'True'],
    ]);
    const answered = (await (await invoke(status.url)).json()) as { env: Record<string, string> };
    // On macOS the system adds this variable to every process.
    const { __CF_USER_TEXT_ENCODING: _, ...environment } = answered.env;
    expect(environment).toEqual({
      BUCKET_NAME: 'bucket',
      K_SERVICE: 'environment',
      K_CONFIGURATION: 'environment',
      K_REVISION: status.latestReadyRevisionName,
      PORT: expect.stringMatching(/^\d+$/),
      GCE_METADATA_HOST: expect.stringMatching(/^127(\.\d+){3}:\d+$/),
      METADATA_SERVER_DETECTION: 'assume-present',
    });
    expect(log).toContainEqual({
      service: 'environment',
      revision: status.latestReadyRevisionName,
      stream: 'stdout',
      line: 'listening',
    });
  });

  it('lets in only who may invoke it, with a token made for it', async () => {
    const { status } = await deploy(service('private', 'echo'));
    const { url } = status;
    expect((await fetch(url)).status).toBe(403);
    expect((await invoke(url, '/', 'user:stranger@example.com')).status).toBe(403);
    const elsewhere = await context.cloud.identityTokenFor(
      context.cloud.owner,
      'https://elsewhere.example.com',
    );
    expect((await fetch(url, { headers: { authorization: `Bearer ${elsewhere}` } })).status).toBe(401);
    const response = await invoke(url, '/path?a=b');
    const { headers, url: path } = (await response.json()) as {
      headers: Record<string, string>;
      url: string;
    };
    expect(path).toBe('/path?a=b');
    expect(headers.authorization).toMatch(/\.SIGNATURE_REMOVED_BY_GOOGLE$/);
    const token = await context.cloud.identityTokenFor(context.cloud.owner, url);
    const both = { authorization: 'Basic b3duOnVzZQ==', 'x-serverless-authorization': `Bearer ${token}` };
    const passedOn = (await (await fetch(url, { headers: both })).json()) as { headers: typeof headers };
    expect(passedOn.headers.authorization).toBe(both.authorization);
    expect(passedOn.headers['x-serverless-authorization']).toMatch(/\.SIGNATURE_REMOVED_BY_GOOGLE$/);

    const policyPath = '/run/v1/projects/demo-project/locations/us-central1/services/private';
    const policy = { bindings: [{ role: 'roles/run.invoker', members: ['allUsers'] }] };
    await context.call('POST', `${policyPath}:setIamPolicy`, { body: { policy } });
    expect((await fetch(url)).status).toBe(200);
    const untouched = await fetch(url, { headers: { authorization: 'Bearer of.the.container' } });
    expect(await untouched.json()).toMatchObject({ headers: { authorization: 'Bearer of.the.container' } });
  });

  it('goes on with the last good revision when a new one fails, and takes the next good one', async () => {
    const first = await deploy(service('updated', 'echo'));
    const replace = async (container: object) => {
      const { metadata } = await settled('updated');
      const body = { ...service('updated', 'echo', container), metadata };
      expect((await context.call('PUT', `${services}/updated`, { body })).status).toBe(200);
      return settled('updated');
    };
    const failing = { httpGet: { path: '/fail' }, periodSeconds: 1, failureThreshold: 1, timeoutSeconds: 1 };
    const { status: failed } = await replace({ startupProbe: failing });
    expect(failed.conditions[0]).toMatchObject({
      type: 'Ready',
      status: 'False',
      reason: 'HealthCheckContainerError',
      message: expect.stringContaining(
        'The user-provided container failed the configured startup probe checks.',
      ),
    });
    expect(failed.latestReadyRevisionName).toBe(first.status.latestReadyRevisionName);
    expect(failed.latestCreatedRevisionName).not.toBe(first.status.latestReadyRevisionName);
    expect((await invoke(failed.url)).status).toBe(200);

    const { status: repaired } = await replace({ env: [{ name: 'VERSION', value: '3' }] });
    expect(repaired.conditions[0]?.status).toBe('True');
    expect(repaired.latestReadyRevisionName).toMatch(/^updated-00003-/);
    expect(await (await invoke(repaired.url)).text()).toContain('"VERSION":"3"');
  });

  it('refuses a write against an older version of itself', async () => {
    const { metadata } = await deploy(service('conflict', 'echo'));
    const body = { ...service('conflict', 'echo'), metadata: { ...metadata, resourceVersion: 'b2xk' } };
    expect((await context.call('PUT', `${services}/conflict`, { body })).status).toBe(409);
  });

  it('is started again by the request after a crash', async () => {
    const { status } = await deploy(service('crashing', 'echo'));
    expect((await invoke(status.url, '/crash')).status).toBe(503);
    expect((await invoke(status.url)).status).toBe(200);
    expect(log.map(({ line }) => line)).toContain('Container called exit(3).');
  });

  it('is gone after its deletion, with its process and address', async () => {
    const { status } = await deploy(service('deleted', 'echo'));
    expect(await context.call('DELETE', `${services}/deleted`)).toMatchObject({
      status: 200,
      body: { status: 'Success' },
    });
    expect((await context.call('GET', `${services}/deleted`)).status).toBe(404);
    await expect(fetch(status.url)).rejects.toThrow();
    expect(log.filter((entry) => entry.service === 'deleted').at(-1)?.line).toBe('Container called exit(0).');
  });
});

describe('a revision that cannot start says why', () => {
  it.each([
    [
      'no such image',
      service('no-image', 'nowhere'),
      'ContainerMissing',
      `Image '${repository}/nowhere:latest' not found.`,
    ],
    [
      'a process that ends',
      service('exits', 'exits', { ports: [{ containerPort: 9000 }] }),
      'HealthCheckContainerError',
      'failed to start and listen on the port defined provided by the PORT=9000 environment variable',
    ],
  ])('%s', async (_, body, reason, message) => {
    const { status } = await deploy(body);
    expect(status.conditions[0]).toMatchObject({
      status: 'False',
      reason,
      message: expect.stringContaining(message),
    });
    expect(status.latestReadyRevisionName).toBeUndefined();
    expect((await invoke(status.url)).status).toBe(503);
  });
});

describe('bad requests', () => {
  it('list everything that is wrong', async () => {
    const body = service('Bad_Name', '', { image: '', env: [{ name: 'PORT', value: '1' }] });
    const answer = await context.call('POST', services, { body });
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toMatch(
      /metadata\.name.*image: must not be empty.*reserved env names.*PORT/,
    );
  });

  it('need the right to act as the identity', async () => {
    const policy = {
      bindings: [
        { role: 'roles/owner', members: [context.cloud.owner] },
        { role: 'roles/run.admin', members: ['user:dev@example.com'] },
      ],
    };
    await context.call('POST', '/crm/v1/projects/demo-project:setIamPolicy', { body: { policy } });
    const answer = await context.call('POST', services, {
      body: service('act-as', 'echo'),
      as: 'user:dev@example.com',
    });
    expect(answer.status).toBe(403);
    expect(answer.body.error.message).toContain(
      `'iam.serviceaccounts.actAs' denied on service account ${email}`,
    );
  });
});

describe('image references', () => {
  it.each([
    ['host:5000/a/b:tag', 'host:5000/a/b'],
    ['host/a/b', 'host/a/b'],
    [`host/a/b@sha256:${'0'.repeat(64)}`, 'host/a/b'],
    [`host/a/b:tag@sha256:${'0'.repeat(64)}`, 'host/a/b'],
  ])('%s is of repository %s', (reference, expected) => {
    expect(repositoryOf(reference)).toBe(expected);
  });
});

describe('custom audiences', () => {
  const audience = '//run.googleapis.com/projects/demo-project/locations/us-central1/services/named';
  const annotated = (value: string) => {
    const { metadata, ...body } = service('named', 'echo');
    const annotations = { 'run.googleapis.com/custom-audiences': value };
    return { ...body, metadata: { ...metadata, annotations } };
  };
  const status = async (url: string, audience: string) => {
    const token = await context.cloud.identityTokenFor(context.cloud.owner, audience);
    return (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status;
  };

  it('are what a token may be made for, besides the address', async () => {
    const { status: deployed } = await deploy(annotated(JSON.stringify([audience])));
    expect(await status(deployed.url, audience)).toBe(200);
    expect(await status(deployed.url, deployed.url)).toBe(200);
    expect(await status(deployed.url, `${audience}x`)).toBe(401);
  });

  it.each(['not JSON', '"text"', '[1]'])('are refused as %s', async (value) => {
    const { status, body } = await context.call('POST', services, { body: annotated(value) });
    expect([status, body.error.message]).toEqual([400, expect.stringContaining('custom-audiences')]);
  });
});

it.each(['NODE_OPTIONS', 'LD_PRELOAD', 'PATH'])(
  'runs no process of this machine with %s of a client',
  async (name) => {
    const body = service(`with-${name.toLowerCase().replace('_', '-')}`, 'echo', {
      env: [{ name, value: 'x' }],
    });
    const { status } = await deploy(body);
    expect(status.conditions[0]).toMatchObject({
      status: 'False',
      reason: 'ContainerEnvironmentRefused',
      message: expect.stringContaining(name),
    });
  },
);

describe('revisions', () => {
  const revisions = services.replace(/services$/, 'revisions');

  it('are listed by service, the newest first, and say whether they came up', async () => {
    const deployed = await deploy(service('versioned', 'echo'));
    await context.call('PUT', `${services}/versioned`, {
      body: { ...deployed, ...service('versioned', 'exits') },
    });
    const { status } = await settled('versioned');
    const list = await context.call(
      'GET',
      `${revisions}?labelSelector=serving.knative.dev/service%3Dversioned`,
    );
    expect(
      list.body.items.map(({ metadata, status }: Deployed) => [metadata.name, status.conditions[0]?.status]),
    ).toEqual([
      [status.latestCreatedRevisionName, 'False'],
      [status.latestReadyRevisionName, 'True'],
    ]);
    const one = await context.call('GET', `${revisions}/${status.latestReadyRevisionName}`);
    expect(one.body).toMatchObject({ kind: 'Revision', spec: { serviceAccountName: email } });
    expect((await context.call('GET', `${revisions}/none`)).status).toBe(404);
    expect((await context.call('GET', revisions, { as: 'user:nobody@example.com' })).status).toBe(403);
    const v2 = '/v2/projects/demo-project/locations/us-central1/services/versioned/revisions';
    const listed = await context.call('GET', v2);
    expect(listed.body.revisions).toMatchObject([
      { conditions: [{ state: 'CONDITION_FAILED' }, {}, {}] },
      { service: 'versioned', serviceAccount: email, conditions: [{ state: 'CONDITION_SUCCEEDED' }, {}, {}] },
    ]);
  });
});

it('tells the same name in two regions apart, however a client names the region', async () => {
  const { port } = new URL(context.cloud.url);
  const knative = services.replace('/run/', '/');
  const regional = services.replace('/run/', '/run/europe-west1/');
  const here = await deploy(service('twice', 'echo'));
  const created = await context.call('POST', regional, { body: service('twice', 'echo') });
  expect([created.status, created.body.metadata.labels['cloud.googleapis.com/location']]).toEqual([
    200,
    'europe-west1',
  ]);
  const there = await settled('twice', regional);
  expect(there.status.url).not.toBe(here.status.url);
  const v2 = (location: string) => `/v2/projects/demo-project/locations/${location}/services/twice`;
  expect((await context.call('GET', v2('europe-west1'))).body.uri).toBe(there.status.url);
  expect((await context.call('GET', v2('us-central1'))).body.uri).toBe(here.status.url);
  expect((await context.call('GET', v2('asia-east1'))).status).toBe(404);
  // As gcloud does: the local cloud is its proxy, and the region comes before the host.
  const asked = request({
    port,
    path: `http://europe-west1-127.0.0.1:${port}${knative}/twice`,
    headers: { authorization: `Bearer ${context.cloud.tokenFor(context.cloud.owner)}` },
  }).end();
  const [answer] = await once(asked, 'response');
  expect(JSON.parse(await text(answer)).status.url).toBe(there.status.url);
  const listed = await context.call('GET', '/v1/projects/demo-project/locations/-/services');
  const names = listed.body.items.map(({ metadata }: Deployed) => metadata.name);
  expect(names.filter((name: string) => name === 'twice')).toHaveLength(2);
  const policy = { bindings: [{ role: 'roles/run.invoker', members: ['allUsers'] }] };
  await context.call(
    'POST',
    '/run/europe-west1/v1/projects/demo-project/locations/europe-west1/services/twice:setIamPolicy',
    {
      body: { policy },
    },
  );
  expect([(await fetch(there.status.url)).status, (await fetch(here.status.url)).status]).toEqual([200, 403]);
});
