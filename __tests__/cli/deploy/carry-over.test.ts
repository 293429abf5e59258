import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { carryOver } from '../../../cli/deploy/carry-over.ts';
import { requireConsent } from '../../../cli/deploy/consent.ts';
import type { DeployedSecret } from '../../../cli/deploy/secrets.ts';
import { realLosses, stakesOf } from '../../../cli/deploy/stakes.ts';
import type { Io } from '../../../cli/io.ts';
import { noteNewest } from '../../../cli/secret/newest.ts';
import { type LocalCloud, startLocalCloud } from '../../../emulator/cloud.ts';
import { googleClients } from '../../../secrets/clients.ts';
import { listGenerations } from '../../../secrets/generations.ts';
import { seal } from '../../../secrets/seal.ts';
import { createReadyScene, type Scene } from '../../support/scene.ts';
import { temporaryDirectory } from '../support/project.ts';

let cloud: LocalCloud;
let scene: Scene;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let secret: DeployedSecret;

beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project' });
});
afterAll(() => cloud?.close());
beforeEach(async () => {
  directory = await temporaryDirectory();
  scene = await createReadyScene(cloud);
  const { bucket, object, key } = scene.reference;
  const file = path.join(directory.path, 'config.enc');
  secret = { service: 's', name: 'config', format: 'json', bucket, object, key, file };
});
afterEach(() => directory?.remove());

const carry = (wanted = secret, before?: { bucket: string; object: string }) =>
  carryOver(scene.owner, { secret: wanted, before });

test('what lives is fetched as ciphertext, with the key version for the synthesis, and the old file is kept', async () => {
  await writeFile(secret.file, 'stale');
  const [live] = await listGenerations(scene.owner, secret);
  const carried = await carry();
  expect(carried).toMatchObject({
    state: 'carried',
    from: `gs://${secret.bucket}/config.enc#${live?.generation}`,
  });
  expect(await readFile(carried.kept ?? '', 'utf8')).toBe('stale');
  const { kmsKeyVersion } = JSON.parse(await readFile(`${secret.file}.meta.json`, 'utf8'));
  expect(kmsKeyVersion).toBe(`${secret.key}/cryptoKeyVersions/1`);
  expect(await carry()).toMatchObject({ state: 'same' });
});

test('a bucket of another name gets what lives in the old one', async () => {
  const { bucket, object } = secret;
  expect(await carry({ ...secret, bucket: 'renamed' }, { bucket, object })).toMatchObject({
    state: 'carried',
    from: expect.stringMatching(`^gs://${bucket}/${object}#`),
  });
});

test('an envelope is bound to its place: a renamed bucket stops the deployment, a moved one does not', async () => {
  const sealed = await seal(scene.owner, scene.reference, Buffer.from('{}'), { format: 'envelope' });
  await scene.put(sealed.bytes, sealed.keyVersion);
  const { bucket, object } = secret;
  await expect(carry({ ...secret, bucket: 'renamed' }, { bucket, object })).rejects.toThrow(
    /is an envelope, which is bound to its bucket and object.*Nothing was changed/,
  );
  expect(await carry()).toMatchObject({ state: 'carried' });
});

test('what another key encrypted stops the deployment: the service would not start', async () => {
  const { bucket, object } = secret;
  const other = await scene.createKey();
  await expect(carry({ ...secret, key: other }, { bucket, object })).rejects.toThrow(
    /is encrypted with .*, and the service is to decrypt with .*: it would not start\. Nothing was changed/,
  );
});

test('of a secret that was never written, the file is the first', async () => {
  expect(await carry({ ...secret, object: 'other.enc' })).toEqual({
    secret: { ...secret, object: 'other.enc' },
    state: 'first',
  });
});

test('what nobody may see is not taken for nothing', async () => {
  const stranger = await googleClients({
    endpoint: cloud.url,
    accessToken: cloud.tokenFor('user:stranger@example.com'),
  });
  await expect(carryOver(stranger, { secret, before: undefined })).rejects.toThrow();
  const loss = { name: secret.bucket, kind: 'bucket', address: 'a', text: 't', restorableDays: 7 } as const;
  const stakes = await stakesOf(stranger, [loss]);
  expect(stakes).toEqual([{ name: secret.bucket, live: [], generations: undefined }]);
  expect(realLosses([loss], stakes)).toEqual([loss]);
  const none = { ...loss, name: 'no-such-bucket' };
  expect(realLosses([none], await stakesOf(scene.owner, [none]))).toEqual([]);
});

test('a file that is the newest config is uploaded although nothing lives any more; another one is not', async () => {
  const [live] = await listGenerations(scene.owner, secret);
  if (live) await noteNewest(scene.owner, secret, live);
  await carry();
  const gone = { ...secret, bucket: 'gone' };
  expect(await carry(gone)).toMatchObject({ state: 'same' });
  await writeFile(secret.file, 'an older one');
  await expect(carry(gone)).rejects.toThrow(
    /by a label of its key, and it is not to be had\. Neither it nor any other is left/,
  );
});

test('consent is asked for by name, and without a terminal has to be there beforehand', async () => {
  const io = { stdin: { isTTY: false } } as Io;
  const loss = { name: 'b', kind: 'bucket', address: 'a', text: 't', restorableDays: 7 } as const;
  const asked = {
    question: 'Deploy?',
    losses: [loss],
    access: [
      {
        direction: 'gained',
        kind: 'grant',
        who: 'user:u',
        what: 'has',
        permissions: [],
        address: null,
      } as const,
    ],
  };
  const ask = (yes: boolean, widen: boolean, lose: string[]) =>
    requireConsent(io, { yes, widen, lose }, asked);
  await expect(ask(false, false, [])).rejects.toThrow(
    /There is no terminal.*say so beforehand: --yes --widen --lose b$/,
  );
  await expect(ask(true, false, ['b'])).rejects.toThrow(/1 times somebody gains access.*: --widen$/);
  await expect(ask(true, true, ['other'])).rejects.toThrow(/lost in b.*: --lose b$/);
  await expect(ask(true, true, ['b'])).resolves.toBeUndefined();
});
