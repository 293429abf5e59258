import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LocalCloud } from '../../../emulator/cloud.ts';
import { listGenerations } from '../../../secrets/generations.ts';
import { type Scene, sampleConfig } from '../../support/scene.ts';
import { damagingWire, flippedLastBit } from '../../support/wire.ts';
import { setBindings } from '../checks/support.ts';
import { eachOperator, liveConfig, type Operator } from './support.ts';

const changed = { ...sampleConfig, DB_HOST: 'canary-other.example.com' };
let cloud: LocalCloud;
let scene: Scene;
let operator: Operator;

eachOperator((made) => {
  ({ cloud, scene, operator } = made);
});

async function generations(): Promise<string[]> {
  return (await listGenerations(scene.owner, scene.reference)).map(({ generation }) => generation);
}

/** Runs a command that must fail without having written or shown anything secret. */
async function failure(args: readonly string[], options: Parameters<Operator['run']>[1], code = 1) {
  const before = await generations();
  const outcome = await operator.run(args, options);
  expect(outcome).toMatchObject({ code, stdout: '' });
  expect(outcome.stderr).toMatch(/^Error: /);
  expect(outcome.stderr).not.toMatch(/canary|^ +at /m);
  expect(await generations()).toEqual(before);
  return outcome.stderr;
}

describe('put', () => {
  test('writes a generation that the service can load, and says which', async () => {
    const { code, stdout, stderr } = await operator.run(['put', '-'], { stdin: JSON.stringify(changed) });
    const { generation, config } = await liveConfig(scene);
    expect({ code, stderr, config }).toEqual({ code: 0, stderr: '', config: changed });
    const { bucket, key } = scene.reference;
    expect(stdout).toContain(
      `Wrote gs://${bucket}/config.enc#${generation} with ${key}/cryptoKeyVersions/1\n`,
    );
    expect(stdout).not.toContain('canary');
  });

  test('reads a file, and prints JSON', async () => {
    await writeFile(path.join(operator.directory, 'config.json'), JSON.stringify(changed));
    const [replaced] = await generations();
    const { code, stdout } = await operator.run(['put', '--json']);
    const { generation } = await liveConfig(scene);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ object: 'config.enc', generation, replaced });
  });

  test('with --dry-run says what would change and changes nothing', async () => {
    const before = await generations();
    const { code, stdout } = await operator.run(['put', '-', '--dry-run'], {
      stdin: JSON.stringify(changed),
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^~ DB_HOST +changed +[0-9a-f]{8} +[0-9a-f]{8}$/m);
    expect(stdout).toMatch(/^ {2}DB_PASS +same +([0-9a-f]{8}) +\1$/m);
    expect(stdout).not.toContain('canary');
    expect(await generations()).toEqual(before);
  });

  test('needs no permission to decrypt', async () => {
    const writer = 'user:writer@example.com';
    const { iam } = scene.owner.storage.bucket(scene.reference.bucket);
    const [policy] = await iam.getPolicy({ requestedPolicyVersion: 3 });
    policy.bindings.push({ role: 'roles/storage.objectUser', members: [writer] });
    await iam.setPolicy(policy);
    await setBindings(cloud, `/kms/v1/${scene.reference.key}`, [
      { role: 'roles/cloudkms.cryptoKeyEncrypter', members: [writer] },
    ]);
    const options = { stdin: JSON.stringify(changed), member: writer };
    expect(await operator.run(['put', '-'], options)).toMatchObject({ code: 0, stderr: '' });
    expect((await liveConfig(scene)).config).toEqual(changed);
    expect((await operator.run(['put', '-', '--dry-run'], options)).stderr).toContain('useToDecrypt');
  });

  test('is the first write where there is no object yet', async () => {
    await scene.owner.storage.bucket(scene.reference.bucket).file('config.enc').delete();
    const options = { stdin: JSON.stringify(changed) };
    const dryRun = await operator.run(['put', '-', '--dry-run'], options);
    expect(dryRun.stdout).toMatch(/would be made:.*^\+ DB_HOST +added/ms);
    expect(await operator.run(['put', '-', '--if-generation', '0'], options)).toMatchObject({ code: 0 });
    expect((await liveConfig(scene)).config).toEqual(changed);
  });

  test('loses a race without a trace, and says to whom and when', async () => {
    const [seen = ''] = await generations();
    expect(await operator.run(['put', '-'], { stdin: JSON.stringify(changed) })).toMatchObject({ code: 0 });
    const options = { stdin: JSON.stringify(sampleConfig) };
    const stderr = await failure(['put', '-', '--if-generation', seen], options, 3);
    expect(stderr).toMatch(/has been written by owner@example\.com at \d{4}-\d\d-\d\dT[\d:.]+Z/);
    expect(stderr).toContain(`since generation ${seen} was read. Nothing was written.`);
    expect((await liveConfig(scene)).config).toEqual(changed);
    expect(await failure(['put', '-', '--if-generation', '5'], options, 3)).toContain(
      'generation 5 was read',
    );
  });

  test('of many at once loses none: whoever is not told so has written', async () => {
    const [seen = ''] = await generations();
    const configs = ['a', 'b', 'c'].map((DB_HOST) => ({ ...sampleConfig, DB_HOST }));
    const outcomes = await Promise.all(
      configs.map((config) =>
        operator.run(['put', '-', '--if-generation', seen], { stdin: JSON.stringify(config) }),
      ),
    );
    expect(outcomes.map(({ code }) => code).toSorted()).toEqual([0, 3, 3]);
    const winner = outcomes.findIndex(({ code }) => code === 0);
    expect((await liveConfig(scene)).config).toEqual(configs[winner]);
    expect(await generations()).toHaveLength(2);
  });

  test.each([
    ['malformed', '{"DB_PASS": "canary-x"', /not valid JSON/],
    ['without DB_PASS', JSON.stringify({ ...sampleConfig, DB_PASS: undefined }), /DB_PASS is missing/],
    ['empty', '', /empty/],
  ])('refuses a config that is %s', async (_, stdin, message) => {
    expect(await failure(['put', '-'], { stdin })).toMatch(message);
  });

  test('refuses a generation that is none, and says which permission somebody lacks', async () => {
    const stdin = JSON.stringify(changed);
    expect(await failure(['put', '-', '--if-generation', 'x'], { stdin })).toMatch(/"x" is not a generation/);
    const stderr = await failure(['put', '-'], { stdin, member: 'user:nobody@example.com' });
    expect(stderr).toMatch(/user:nobody@example\.com lacks storage\.objects\.get on gs:/);
  });

  test('takes up to 10 MiB, bound to the object', async () => {
    const large = { ...sampleConfig, DB_PASS: 'x'.repeat(9_000_000) };
    expect(await operator.run(['put', '-'], { stdin: JSON.stringify(large) })).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect((await liveConfig(scene)).config).toEqual(large);
    const tooLarge = JSON.stringify({ ...sampleConfig, DB_PASS: 'x'.repeat(11_000_000) });
    expect(await failure(['put', '-'], { stdin: tooLarge })).toMatch(/an envelope takes at most 10485760/);
  });
});

describe('what is damaged on the way to the bucket', () => {
  /** Flips a bit of the object in an upload. */
  const damaged = (url: string, body: Buffer) => {
    if (!url.startsWith('/upload/')) return body;
    const end = body.lastIndexOf('\r\n--');
    return Buffer.concat([flippedLastBit(body.subarray(0, end)), body.subarray(end)]);
  };

  test('once is sent again', async () => {
    let uploads = 0;
    const wire = await damagingWire(cloud.url, {
      request: (url, body) => {
        if (url.startsWith('/upload/')) uploads += 1;
        return uploads === 1 ? damaged(url, body) : body;
      },
    });
    const { code } = await operator.run(['put', '-'], { stdin: JSON.stringify(changed), url: wire.url });
    await wire.close();
    expect({ code, uploads }).toEqual({ code: 0, uploads: 2 });
    expect((await liveConfig(scene)).config).toEqual(changed);
  });

  test('always is refused, and nothing is written', async () => {
    const wire = await damagingWire(cloud.url, { request: damaged });
    const stderr = await failure(['put', '-'], { stdin: JSON.stringify(changed), url: wire.url });
    await wire.close();
    expect(stderr).toMatch(/damaged on its way to gs:/);
  });
});

describe('set and unset', () => {
  test('change one value, which comes from standard input', async () => {
    const { code, stdout } = await operator.run(['set', 'DB_PASS'], { stdin: 'canary-new\n' });
    expect(code).toBe(0);
    expect(stdout).not.toContain('canary');
    expect((await liveConfig(scene)).config).toEqual({ ...sampleConfig, DB_PASS: 'canary-new' });
  });

  test('write nothing when that is the value already', async () => {
    const before = await generations();
    const { code, stdout } = await operator.run(['set', 'DB_PASS'], { stdin: sampleConfig.DB_PASS });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'DB_PASS has that value already: nothing was written.\n',
    });
    expect(await generations()).toEqual(before);
  });

  test('refuse what would not be valid', async () => {
    expect(await failure(['set', 'DB_PORT'], { stdin: 'canary' })).toMatch(/DB_PORT must be/);
    expect(await failure(['set', 'DB_PASSWORD'], { stdin: 'canary' })).toMatch(/DB_PASSWORD is not allowed/);
    expect(await failure(['set', 'DB_PASS'], { stdin: '\n' })).toMatch(/No value for DB_PASS came/);
    expect(await failure(['unset', 'DB_PASS'], {})).toMatch(/DB_PASS is missing/);
    expect(await failure(['unset', 'DB_NAME'], {})).toMatch(/no key DB_NAME/);
  });

  test('repair a config that is not valid', async () => {
    await scene.put(await scene.encrypt({ ...sampleConfig, DB_NAME: 'x' }));
    expect(await operator.run(['unset', 'DB_NAME'])).toMatchObject({ code: 0 });
    expect((await liveConfig(scene)).config).toEqual(sampleConfig);
  });

  test('keep the envelope of a config that has one', async () => {
    await operator.run(['put', '-', '--envelope'], { stdin: JSON.stringify(changed) });
    expect(await operator.run(['set', 'DB_USER'], { stdin: 'canary-u2' })).toMatchObject({ code: 0 });
    const [bytes] = await scene.owner.storage.bucket(scene.reference.bucket).file('config.enc').download();
    expect(bytes.subarray(0, 6).toString()).toBe('CRIENV');
    expect((await liveConfig(scene)).config).toEqual({ ...changed, DB_USER: 'canary-u2' });
    await operator.run(['put', '-'], { stdin: JSON.stringify(changed) });
    const [put] = await scene.owner.storage.bucket(scene.reference.bucket).file('config.enc').download();
    expect(put.subarray(0, 6).toString()).toBe('CRIENV');
  });
});

describe('rollback', () => {
  test('makes the generation before the live one again, and can be rolled back itself', async () => {
    const [first] = await generations();
    await operator.run(['put', '-'], { stdin: JSON.stringify(changed) });
    const [second = ''] = await generations();
    const { code, stdout } = await operator.run(['rollback']);
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`a copy of generation ${first}`),
    });
    expect((await liveConfig(scene)).config).toEqual(sampleConfig);
    await operator.run(['rollback', '--to', second]);
    expect((await liveConfig(scene)).config).toEqual(changed);
    const [live] = await listGenerations(scene.owner, scene.reference);
    expect(live).toMatchObject({ copyOf: second, isLive: true });
  });

  test('brings back an object that was deleted', async () => {
    await scene.owner.storage.bucket(scene.reference.bucket).file('config.enc').delete();
    expect(await operator.run(['rollback'])).toMatchObject({ code: 0 });
    expect((await liveConfig(scene)).config).toEqual(sampleConfig);
  });

  test.each([
    [
      'is of another key',
      async () => scene.encrypt(changed, await scene.createKey()),
      /not made with the key/,
    ],
    ['is not valid', async () => scene.encrypt({ ...changed, DB_PASS: undefined }), /DB_PASS is missing/],
  ])('refuses a generation that %s', async (_, bytes, message) => {
    await scene.put(await bytes());
    await scene.put(await scene.encrypt(sampleConfig));
    expect(await failure(['rollback'], {})).toMatch(message);
  });

  test('refuses what it cannot do', async () => {
    const [live = ''] = await generations();
    expect(await failure(['rollback'], {})).toMatch(/no generation before the live one/);
    expect(await failure(['rollback', '--to', '1'], {})).toMatch(
      /has no generation 1\. Those that it has: npx cloud-run-identity history --bucket bucket-/,
    );
    expect(await failure(['rollback', '--to', live], {})).toMatch(/live one already/);
  });
});
