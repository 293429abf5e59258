import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import type { ConfigApis } from '../../secrets/apis.ts';
import { decrypt } from '../../secrets/cipher.ts';
import { loadSecret, loadSecretIfChanged } from '../../secrets/load.ts';
import { readObject } from '../../secrets/store.ts';
import { leaks } from '../support/canary.ts';
import { createReadyScene, createScene, type Scene, sampleConfig } from '../support/scene.ts';
import { readSample } from '../support/schema.ts';
import { type Transport, transports } from './support/transports.ts';

let cloud: LocalCloud;
const asked: string[] = [];

beforeAll(async () => {
  cloud = await startLocalCloud({
    projectId: 'sample-project',
    onRequest: ({ method, path }) => asked.push(`${method} ${path.split('?')[0]}`),
  });
});
beforeEach(() => {
  cloud.faults.clear();
  asked.length = 0;
});
afterAll(() => cloud.close());

const asService = ({ open }: Transport, { member }: Scene) => open(cloud.url, cloud.tokenFor(member));

describe.each(transports)('a config by $name', (transport) => {
  it('is loaded, and loaded again only when it has changed', async () => {
    const scene = await createReadyScene(cloud);
    const apis = await asService(transport, scene);
    const first = await loadSecret(apis, scene.reference, readSample);
    expect(first.value).toEqual(sampleConfig);
    expect(first.keyVersion).toBe(`${scene.reference.key}/cryptoKeyVersions/1`);
    asked.length = 0;
    expect(await loadSecretIfChanged(apis, scene.reference, readSample, first)).toBeUndefined();
    expect(asked).toHaveLength(1);
    await scene.put(await scene.encrypt({ ...sampleConfig, DB_USER: 'next' }));
    const second = await loadSecretIfChanged(apis, scene.reference, readSample, first);
    expect(second?.value.DB_USER).toBe('next');
    expect(second?.generation).not.toBe(first.generation);
  });

  it('is noticed as another generation when the same bytes were written again', async () => {
    const scene = await createReadyScene(cloud);
    const apis = await asService(transport, scene);
    const first = await loadSecret(apis, scene.reference, readSample);
    const { bytes } = await readObject(scene.owner, scene.reference.bucket, scene.reference.object);
    await scene.put(bytes);
    const second = await loadSecretIfChanged(apis, scene.reference, readSample, first);
    expect(second).toMatchObject({ fingerprint: first.fingerprint, value: sampleConfig });
    expect(BigInt(second?.generation ?? 0)).toBeGreaterThan(BigInt(first.generation));
    expect(second && (await loadSecretIfChanged(apis, scene.reference, readSample, second))).toBeUndefined();
  });
});

it('direct REST loads a config in two calls, also a changed one', async () => {
  const [, direct] = transports;
  const scene = await createReadyScene(cloud);
  const apis = await asService(direct as Transport, scene);
  const { bucket, object, key } = scene.reference;
  const two = [`GET /storage/xml/${bucket}/${object}`, `POST /kms/v1/${key}:decrypt`];
  asked.length = 0;
  const first = await loadSecret(apis, scene.reference, readSample);
  expect(asked).toEqual(two);
  await scene.put(await scene.encrypt({ ...sampleConfig, DB_USER: 'next' }));
  asked.length = 0;
  await loadSecretIfChanged(apis, scene.reference, readSample, first);
  expect(asked).toEqual(two);
});

describe('both fail alike, in the same words:', () => {
  const storageAnswers = async (status: number) => {
    cloud.faults.add({ path: '/storage/*', effect: { kind: 'status', status } });
  };

  it.each<[string, (scene: Scene) => Promise<unknown>]>([
    ['no grant on the object', async (scene) => scene.put(await scene.encrypt(sampleConfig))],
    [
      'no grant on the key',
      async (scene) => {
        await scene.put(await scene.encrypt(sampleConfig));
        await scene.grantRead();
      },
    ],
    ['no object', (scene) => Promise.all([scene.grantRead(), scene.grantDecrypt()])],
    [
      'an object of another key',
      async (scene) => {
        await Promise.all([scene.grantRead(), scene.grantDecrypt()]);
        await scene.put(await scene.encrypt(sampleConfig, await scene.createKey()));
      },
    ],
    [
      'a disabled key version',
      async (scene) => {
        await Promise.all([scene.grantRead(), scene.grantDecrypt()]);
        await scene.put(await scene.encrypt(sampleConfig));
        await scene.disableKeyVersion();
      },
    ],
    ['503 of Cloud Storage', () => storageAnswers(503)],
    ['429 of Cloud Storage', () => storageAnswers(429)],
  ])('%s', async (_name, prepare) => {
    const scene = await createScene(cloud);
    await prepare(scene);
    const failures = await Promise.all(
      transports.map(async (transport) => {
        const apis = await asService(transport, scene);
        return loadSecret(apis, scene.reference, readSample).catch((error: Error) => error);
      }),
    );
    const [official, direct] = failures;
    expect(official).toBeInstanceOf(Error);
    expect(direct).toBeInstanceOf(Error);
    expect(summary(direct)).toEqual(summary(official));
    expect(leaks(JSON.stringify(summary(direct)), sampleConfig)).toEqual([]);
  });

  it.each<[string, (apis: ConfigApis) => Promise<unknown>]>([
    ['no such bucket', (apis) => readObject(apis, 'no-such-bucket-7f3a', 'config.enc')],
    [
      'no such key',
      (apis) =>
        decrypt(
          apis,
          'projects/sample-project/locations/global/keyRings/none/cryptoKeys/none',
          Buffer.from('x'),
        ),
    ],
  ])('%s', async (_name, call) => {
    for (const token of [cloud.tokenFor(cloud.owner), 'no-token-of-this-cloud']) {
      const [official, direct] = await Promise.all(
        transports.map(async ({ open }) => call(await open(cloud.url, token)).catch((error: Error) => error)),
      );
      expect(official).toBeInstanceOf(Error);
      expect(summary(direct)).toEqual(summary(official));
    }
  });
});

function summary(failure: unknown) {
  const { name, message, cause } = failure as Error & { cause?: Error };
  return { name, message, cause: cause?.message };
}
