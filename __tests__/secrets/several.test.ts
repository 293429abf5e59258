import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import secret, { serverOptions } from '../../secrets/fastify/index.ts';
import { connectToGoogle } from '../../secrets/live/google.ts';
import { openSecret } from '../../secrets/live/open-secret.ts';
import type { Secret } from '../../secrets/live/secret.ts';
import { formatReference } from '../../secrets/reference.ts';
import { patience } from '../support/patience.ts';
import { createReadyScene, type Scene, sampleConfig } from '../support/scene.ts';
import { sampleSchema } from '../support/schema.ts';

let cloud: LocalCloud;
let app: FastifyInstance | undefined;
beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project' });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await app?.close();
  app = undefined;
});
afterAll(() => cloud?.close());

const pem = '-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----\n';

/** The environment of a container with two secrets, both of which its account may read. */
async function environment(): Promise<{ config: Scene; tls: Scene; reference: string }> {
  const config = await createReadyScene(cloud);
  const tls = await createReadyScene(cloud);
  await tls.put(await tls.encrypt(pem));
  const bindings = [{ role: 'roles/cloudkms.cryptoKeyDecrypter', members: [config.member] }];
  await fetch(`${cloud.url}/kms/v1/${tls.reference.key}:setIamPolicy`, {
    method: 'POST',
    headers: { authorization: `Bearer ${cloud.tokenFor(cloud.owner)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ policy: { bindings } }),
  });
  const { iam } = config.owner.storage.bucket(tls.reference.bucket);
  const [policy] = await iam.getPolicy({ requestedPolicyVersion: 3 });
  policy.bindings.push({ role: 'roles/storage.objectViewer', members: [config.member] });
  await iam.setPolicy(policy);
  const reference = formatReference({ ...tls.reference, format: 'text' });
  const variables = {
    BUCKET_NAME: config.reference.bucket,
    OBJECT_NAME: config.reference.object,
    KMS_KEY_ID: config.reference.key,
    SECRET_TLS: reference,
    K_SERVICE: 'svc',
    GCE_METADATA_HOST: await cloud.metadataServerFor(config.email),
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  return { config, tls, reference };
}

describe('an app that answers a probe itself', () => {
  it.each(['before', 'after'])(
    'is told so, where it is %s the plugin, and may say that it does',
    async (when) => {
      await environment();
      const mine = async () => ({ mine: true });
      const open = async (health: boolean) => {
        app = fastify({ ...serverOptions(), logger: false });
        if (when === 'before') app.get('/health/live', mine);
        await app.register(secret, { schema: sampleSchema, health });
        if (when === 'after') app.get('/health/live', mine);
        return app;
      };
      await expect(open(true)).rejects.toThrow(/route \/health\/live of its own.*\{ health: false \}/);
      await app?.close();
      expect((await (await open(false)).inject('/health/live')).json()).toEqual({ mine: true });
    },
  );
});

describe('an app with two secrets', () => {
  it('reads both as its own identity, says how each is doing, and looks for both at once', async () => {
    const { config, tls } = await environment();
    app = fastify({ ...serverOptions(), logger: false });
    await app.register(secret, { schema: sampleSchema });
    await app.register(secret, { name: 'tls', format: 'text' });
    const secrets = { ...app.secrets } as unknown as Record<'config' | 'tls', Secret>;
    await Promise.all([secrets.config.loaded, secrets.tls.loaded]);
    expect(secrets.config.current?.value).toEqual(sampleConfig);
    expect(secrets.tls.current?.value).toBe(pem);
    const ready = (await app.inject('/health/ready')).json();
    expect(ready).toMatchObject({
      status: 'fresh',
      generation: secrets.config.current?.generation,
      identity: config.email,
      secrets: {
        config: { status: 'fresh', generation: secrets.config.current?.generation },
        tls: { status: 'fresh', fingerprint: secrets.tls.current?.fingerprint },
      },
    });
    await tls.put(Buffer.from('nonsense'));
    expect(await secrets.tls.reload()).toMatchObject({ result: 'failed' });
    expect((await app.inject('/health/ready')).json()).toMatchObject({
      status: 'fresh',
      secrets: { tls: { status: 'failing' } },
    });
    expect(secrets.tls.current?.value).toBe(pem);
    expect((await app.inject('/health/startup')).statusCode).toBe(200);
  });

  it('is told at once what it has got wrong', async () => {
    await environment();
    app = fastify();
    await app.register(secret, { schema: sampleSchema });
    await expect(app.register(secret, { name: 'tls' })).rejects.toThrow(/is text, and is opened as json/);
    const again = fastify();
    await again.register(secret, { schema: sampleSchema });
    await expect(again.register(secret, {})).rejects.toThrow(/a secret named config already/);
    await again.close();
    const none = fastify();
    await none.register(secret, { schema: sampleSchema });
    await expect(none.register(secret, { name: 'api-key' })).rejects.toThrow(/SECRET_API_KEY is not set/);
    await none.close();
  });
});

describe('a program without Fastify', () => {
  it('opens a secret by the reference that the deployment sets, and keeps it fresh', async () => {
    const { config, tls, reference } = await environment();
    const google = connectToGoogle({ metadataHost: await cloud.metadataServerFor(config.email) });
    const opened = await openSecret({ name: 'tls', reference, format: 'text', reloadSeconds: 0.05, google });
    const text: string | undefined = opened.current?.value;
    expect(text).toBe(pem);
    await tls.put(await tls.encrypt('another'));
    await vi.waitFor(async () => {
      await opened.upkeep();
      expect(opened.current?.value).toBe('another');
    }, patience);
    await tls.put(await tls.encrypt('a third'));
    await vi.waitFor(async () => expect((await opened.valid())?.value).toBe('a third'), patience);
    opened.close();
    await expect(openSecret({ reference, google })).rejects.toThrow(/is text, and is opened as json/);
  });
});
