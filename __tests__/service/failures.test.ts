import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import { freePort } from '../../emulator/run/free-port.ts';
import { createReadyScene, createScene, type Scene, sampleConfig } from '../support/scene.ts';
import { type ServiceProcess, serviceEnvironment, startService } from '../support/service-process.ts';
import { flippedLastBit } from '../support/wire.ts';

let cloud: LocalCloud;
const running: ServiceProcess[] = [];

beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project' });
});
afterEach(() => Promise.all(running.splice(0).map((service) => service.kill())));
afterAll(() => cloud.close());

async function startFor(scene: Scene, extra: Record<string, string> = {}): Promise<ServiceProcess> {
  const service = startService({ ...(await serviceEnvironment(cloud, scene)), ...extra });
  running.push(service);
  return service;
}

function expectNoValue(service: ServiceProcess): void {
  for (const value of Object.values(sampleConfig)) {
    expect(service.output()).not.toContain(value);
    expect(service.output()).not.toContain(Buffer.from(value).toString('base64').replace(/=+$/, ''));
  }
}

/** The service ends with 69, and its last line says why. */
async function expectNoConfig(service: ServiceProcess, name: string) {
  expect(await service.ended).toBe(69);
  expect(service.log.at(-1)).toMatchObject({ severity: 'CRITICAL', error: { name, retryable: false } });
  expectNoValue(service);
  return service.log.at(-1)?.message;
}

describe('a missing grant', () => {
  it.each([
    {
      missing: 'read',
      permission: 'storage.objects.get',
      resource: (scene: Scene) => `gs://${scene.reference.bucket}/config.enc`,
      fix: (scene: Scene) => `gcloud storage buckets add-iam-policy-binding gs://${scene.reference.bucket}`,
    },
    {
      missing: 'decrypt',
      permission: 'cloudkms.cryptoKeyVersions.useToDecrypt',
      resource: (scene: Scene) => scene.reference.key,
      fix: (scene: Scene) =>
        `gcloud kms keys add-iam-policy-binding ${scene.reference.key.split('/').at(-1)}`,
    },
  ])('$missing: says who lacks what on which resource and how to grant it, and recovers', async (lack) => {
    const scene = await createScene(cloud);
    await scene.put(await scene.encrypt(sampleConfig));
    await (lack.missing === 'read' ? scene.grantDecrypt() : scene.grantRead());
    const service = await startFor(scene);
    const { error, severity } = await service.logged((line) => line.error !== undefined);
    expect(severity).toBe('WARNING');
    expect(error).toMatchObject({
      name: 'PermissionDeniedError',
      principal: scene.member,
      permission: lack.permission,
      resource: lack.resource(scene),
      retryable: true,
    });
    expect(error?.fix).toContain(lack.fix(scene));
    expect(error?.fix).toContain(`--member=${scene.member}`);
    expect((await fetch(service.url)).status).toBe(503);
    expectNoValue(service);

    await (lack.missing === 'read' ? scene.grantRead() : scene.grantDecrypt());
    await service.logged((line) => line.message === 'config loaded');
    expect((await fetch(service.url)).status).toBe(200);
  });
});

describe('a config that is not there', () => {
  it('is told from one that may not be read', async () => {
    const scene = await createScene(cloud);
    await Promise.all([scene.grantRead(), scene.grantDecrypt()]);
    const message = await expectNoConfig(await startFor(scene), 'NotFoundError');
    expect(message).toContain(`gs://${scene.reference.bucket}/config.enc does not exist`);
    expect(message).toContain('npx cloud-run-identity put config.json --bucket');
  });
});

describe('a ciphertext that is not the right one', () => {
  it.each([
    ['of another key', async (scene: Scene) => scene.encrypt(sampleConfig, await scene.createKey())],
    ['altered', async (scene: Scene) => flippedLastBit(await scene.encrypt(sampleConfig))],
    ['truncated', async (scene: Scene) => (await scene.encrypt(sampleConfig)).subarray(0, -1)],
    ['empty', async () => Buffer.alloc(0)],
    ['plaintext', async () => Buffer.from(JSON.stringify(sampleConfig))],
    ['huge', async () => Buffer.alloc(11 * 1024 * 1024, 1)],
  ])('%s: ends the process with the reason', async (_name, ciphertextFor) => {
    const scene = await createReadyScene(cloud);
    await scene.put(await ciphertextFor(scene));
    expect(await expectNoConfig(await startFor(scene), 'IntegrityError')).toContain(
      'npx cloud-run-identity rollback',
    );
  });

  it('is refused although the object names the key that made it', async () => {
    const scene = await createReadyScene(cloud);
    const other = await scene.createKey();
    await scene.put(await scene.encrypt(sampleConfig, other), `${other}/cryptoKeyVersions/1`);
    await expectNoConfig(await startFor(scene), 'IntegrityError');
  });
});

describe('a config of the wrong shape', () => {
  const { DB_PASS: _, ...withoutPassword } = sampleConfig;

  it.each([
    ['without DB_PASS', withoutPassword, 'DB_PASS is missing'],
    ['with a bad port', { ...sampleConfig, DB_PORT: '433060' }, 'DB_PORT must be'],
    ['with an unknown key', { ...sampleConfig, DB_NAME: 'x' }, 'DB_NAME is not allowed'],
    ['malformed', JSON.stringify(sampleConfig).slice(0, -1), 'is not valid JSON'],
  ])('%s: ends the process with every problem and no value', async (_name, config, problem) => {
    const scene = await createReadyScene(cloud);
    await scene.put(await scene.encrypt(config));
    expect(await expectNoConfig(await startFor(scene), 'InvalidSecretError')).toContain(problem);
  });
});

describe('a key that cannot be used', () => {
  it('says how to enable a disabled version', async () => {
    const scene = await createReadyScene(cloud);
    await scene.disableKeyVersion();
    const message = await expectNoConfig(await startFor(scene), 'FailedRequestError');
    expect(message).toContain('gcloud kms keys versions enable');
  });
});

describe('a local cloud that is gone', () => {
  it('is waited for, as a metadata server may be late, and the log says what to do', async () => {
    const scene = await createScene(cloud);
    const service = await startFor(scene, { GCE_METADATA_HOST: `127.0.0.1:${await freePort()}` });
    const line = await service.logged(({ message }) => /ECONNREFUSED/.test(message));
    expect(line.message).toMatch(/ECONNREFUSED.* Fix: start the local cloud/);
    expect(line.severity).toBe('WARNING');
  });
});
