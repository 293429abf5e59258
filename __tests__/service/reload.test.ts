import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import { createReadyScene, type Scene, sampleConfig } from '../support/scene.ts';
import { type ServiceProcess, serviceEnvironment, startService } from '../support/service-process.ts';

const audience = 'https://svc.example.com';
const operator = 'ann@example.com';
const push = 'push@sample-project.iam.gserviceaccount.com';

const running: ServiceProcess[] = [];
let cloud: LocalCloud;
let scene: Scene;
let service: ServiceProcess;

beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project' });
});
afterAll(async () => {
  await Promise.all(running.map((one) => one.kill()));
  await cloud.close();
});

/** A service with a config of its own, that takes requests of the operator and of Pub/Sub. */
async function start(extra: Record<string, string> = {}) {
  await startWith({
    RELOAD_OPERATORS: operator,
    PUBSUB_ACCOUNT: push,
    TOKEN_AUDIENCE: audience,
    ...extra,
  });
}

async function startWith(extra: Record<string, string>) {
  await service?.kill();
  scene = await createReadyScene(cloud);
  service = startService({ ...(await serviceEnvironment(cloud, scene)), ...extra });
  running.push(service);
  await service.logged((line) => line.message === 'config loaded');
}

/** A service that would show the second host if it looked for a new config. */
async function startBehind() {
  await start();
  await writeHost('second.example.com');
}

async function post(
  path: string,
  token: string | undefined,
  body?: unknown,
  more: Record<string, string> = {},
) {
  const response = await fetch(service.url + path, {
    method: 'POST',
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...more,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}

const operatorToken = () => cloud.identityTokenFor(`user:${operator}`, audience);
const pushToken = () => cloud.identityTokenFor(`serviceAccount:${push}`, audience);

async function writeHost(host: string): Promise<void> {
  await scene.put(await scene.encrypt({ ...sampleConfig, DB_HOST: host }));
}

async function page(): Promise<string> {
  return (await fetch(service.url)).text();
}

describe('an operator', () => {
  it('gets the new config at once, and is told which it is', async () => {
    await start();
    await writeHost('second.example.com');
    const { status, text: body } = await post('/secret/reload', await operatorToken());
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      result: 'changed',
      generation: expect.stringMatching(/^\d+$/),
      fingerprint: expect.stringMatching(/^[0-9a-f]{8}$/),
    });
    expect(await page()).toContain('second.example.com');
    expect((await post('/secret/reload', await operatorToken())).text).toContain('unchanged');
  });

  it('is told why the new config was not taken', async () => {
    await start();
    await scene.put(Buffer.from('nonsense'));
    const { status, text: body } = await post('/secret/reload', await operatorToken());
    expect(status).toBe(503);
    expect(JSON.parse(body)).toMatchObject({
      result: 'failed',
      reason: expect.stringContaining('not made with the key'),
    });
    expect(await page()).toContain(sampleConfig.DB_HOST);
  });

  it('reads nothing and does not call Cloud KMS when nothing has changed', async () => {
    await start();
    const decisions = () =>
      cloud.auditLog().filter((entry) => JSON.stringify(entry).includes(scene.email)).length;
    const before = decisions();
    await post('/secret/reload', await operatorToken());
    expect(decisions() - before).toBe(1);
  });

  it('cannot ask more often than once a second on average', async () => {
    await start();
    const token = await operatorToken();
    const answers = await Promise.all(Array.from({ length: 65 }, () => post('/secret/reload', token)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(60);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(5);
  });
});

describe('whoever is not one', () => {
  beforeAll(startBehind);

  it.each<[string, () => Promise<string | undefined>, number]>([
    ['without a token', async () => undefined, 401],
    ['with nonsense', async () => 'a.b.c', 401],
    ['with an access token', async () => cloud.tokenFor(cloud.owner), 401],
    [
      'with a token for another audience',
      () => cloud.identityTokenFor(`user:${operator}`, 'https://other'),
      401,
    ],
    ['with a token of their own', () => cloud.identityTokenFor('user:eve@example.com', audience), 403],
    ['as Pub/Sub', pushToken, 403],
    ['with a token signed by themselves', forgedToken, 401],
    [
      'with a token whose signature was removed',
      async () => (await operatorToken()).replace(/[^.]+$/, 'SIGNATURE_REMOVED_BY_GOOGLE'),
      401,
    ],
    ['with an unsigned token', unsignedToken, 401],
  ])('%s is refused and costs nothing', async (_name, tokenOf, status) => {
    expect((await post('/secret/reload', await tokenOf())).status).toBe(status);
    expect(await page()).toContain(sampleConfig.DB_HOST);
  });
});

describe('where the deployment names nobody', () => {
  it('there is no route', async () => {
    await startWith({});
    expect((await post('/secret/reload', await operatorToken())).status).toBe(404);
    expect((await post('/secret/notifications', await pushToken())).status).toBe(404);
  });
});

async function forgedToken(): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  await exportJWK(publicKey);
  return new SignJWT({ email: operator, email_verified: true })
    .setProtectedHeader({ alg: 'RS256', kid: 'local' })
    .setIssuer(cloud.url)
    .setAudience(audience)
    .setExpirationTime('1h')
    .sign(privateKey);
}

async function unsignedToken(): Promise<string> {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const claims = { iss: cloud.url, aud: audience, exp: 9e9, email: operator, email_verified: true };
  return `${encode({ alg: 'none' })}.${encode(claims)}.`;
}

describe('behind Cloud Run’s own check', () => {
  const removed = async (token: Promise<string>) =>
    (await token).replace(/[^.]+$/, 'SIGNATURE_REMOVED_BY_GOOGLE');

  it('a token without its signature is enough, if it is the right one', async () => {
    await start({ INVOKER_REQUIRED: 'true' });
    expect((await post('/secret/reload', await removed(operatorToken()))).status).toBe(200);
    const foreign = removed(cloud.identityTokenFor(`user:${operator}`, 'https://other'));
    expect((await post('/secret/reload', await foreign)).status).toBe(401);
    const stranger = removed(cloud.identityTokenFor('user:eve@example.com', audience));
    expect((await post('/secret/reload', await stranger)).status).toBe(403);
  });

  it('the token that counts is that of the header which was checked', async () => {
    await start({ INVOKER_REQUIRED: 'true' });
    await writeHost('second.example.com');
    const ann = await removed(operatorToken());
    const eve = await removed(cloud.identityTokenFor('user:eve@example.com', audience));
    // Cloud Run checks the second header and passes the first one on as it came, forged or not.
    const checked = (token: string) => ({ 'x-serverless-authorization': `Bearer ${token}` });
    expect((await post('/secret/reload', ann, undefined, checked(eve))).status).toBe(403);
    expect((await post('/secret/reload', ann, undefined, checked('none'))).status).toBe(401);
    const push = await removed(pushToken());
    expect((await post('/secret/notifications', push, message(), checked(eve))).status).toBe(403);
    expect(await page()).toContain(sampleConfig.DB_HOST);
    expect((await post('/secret/reload', 'nonsense', undefined, checked(ann))).status).toBe(200);
  });

  it('two tokens of one header are none', async () => {
    await start({ INVOKER_REQUIRED: 'true' });
    const { port } = service;
    const lines = [`authorization: Bearer ${await removed(operatorToken())}`, 'authorization: Bearer x'];
    const socket = connect(port, '127.0.0.1');
    socket.end(
      `POST /secret/reload HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${lines.join('\r\n')}\r\n\r\n`,
    );
    expect(await text(socket)).toMatch(/^HTTP\/1.1 401 /);
  });
});

describe('where Cloud Run checks nobody', () => {
  it('its header counts for nothing', async () => {
    await start();
    const headers = { 'x-serverless-authorization': `Bearer ${await operatorToken()}` };
    expect((await post('/secret/reload', undefined, undefined, headers)).status).toBe(401);
  });
});

const message = (attributes: Record<string, string> = {}) => ({
  message: {
    attributes: {
      eventType: 'OBJECT_FINALIZE',
      bucketId: scene.reference.bucket,
      objectId: 'config.enc',
      objectGeneration: '1',
      ...attributes,
    },
    messageId: '1',
  },
  subscription: 'projects/p/subscriptions/s',
});

describe('a notification of the bucket', () => {
  it('brings the new config', async () => {
    await start();
    await writeHost('second.example.com');
    expect(await post('/secret/notifications', await pushToken(), message())).toEqual({
      status: 204,
      text: '',
    });
    expect(await page()).toContain('second.example.com');
  });

  it('is asked for again when the config cannot be had', async () => {
    await start();
    await scene.put(Buffer.from('nonsense'));
    expect((await post('/secret/notifications', await pushToken(), message())).status).toBe(503);
  });
});

describe('a message that is not news', () => {
  beforeAll(startBehind);

  it.each<[string, Record<string, string>]>([
    ['of another object', { objectId: 'other.enc' }],
    ['of another bucket', { bucketId: 'other' }],
    ['of a deletion', { eventType: 'OBJECT_DELETE' }],
  ])('%s is taken and changes nothing', async (_name, attributes) => {
    expect((await post('/secret/notifications', await pushToken(), message(attributes))).status).toBe(204);
    expect(await page()).toContain(sampleConfig.DB_HOST);
  });

  it.each([[{}], [{ message: {} }], [[]], ['text']])('that is none is refused: %j', async (body) => {
    expect((await post('/secret/notifications', await pushToken(), body)).status).toBe(400);
  });

  it('is only taken from Pub/Sub', async () => {
    expect((await post('/secret/notifications', undefined, message())).status).toBe(401);
    expect((await post('/secret/notifications', await operatorToken(), message())).status).toBe(403);
  });
});
