import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Io } from '../../../cli/io.ts';
import { auditedWrites } from '../../../cli/secret/writers.ts';
import { type LocalCloud, startLocalCloud } from '../../../emulator/cloud.ts';
import { createReadyScene, type Scene, sampleConfig } from '../../support/scene.ts';
import { damagingWire, flippedLastBit } from '../../support/wire.ts';
import { setBindings } from '../checks/support.ts';
import { createOperator, liveConfig, type Operator } from './support.ts';

const changed = { ...sampleConfig, DB_PASS: 'canary-Pa56' };
let cloud: LocalCloud;
let scene: Scene;
let operator: Operator;
/** The first generation and, after it, the live one. */
let first: string;
let second: string;

beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project' });
});
beforeEach(async () => {
  scene = await createReadyScene(cloud);
  operator = await createOperator(cloud, scene);
  first = (await liveConfig(scene)).generation;
  await scene.put(await scene.encrypt(changed), `${scene.reference.key}/cryptoKeyVersions/1`);
  second = (await liveConfig(scene)).generation;
});
afterEach(() => operator.close());
afterAll(() => cloud?.close());

describe('get', () => {
  test('prints the config, one value, or another generation, and nothing else', async () => {
    const outcomes = await Promise.all([
      operator.run(['get']),
      operator.run(['get', '--key', 'DB_PASS']),
      operator.run(['get', '--generation', first, '--key', 'DB_PASS']),
    ]);
    expect(outcomes.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      Array(3).fill({ code: 0, stderr: '' }),
    );
    expect(JSON.parse(outcomes[0].stdout)).toEqual(changed);
    expect(outcomes[1].stdout).toBe(`${changed.DB_PASS}\n`);
    expect(outcomes[2].stdout).toBe(`${sampleConfig.DB_PASS}\n`);
  });

  test('prints where it comes from, as JSON', async () => {
    const [whole, one] = await Promise.all([
      operator.run(['get', '--json']),
      operator.run(['get', '--json', '--key', 'DB_HOST']),
    ]);
    const keyVersion = `${scene.reference.key}/cryptoKeyVersions/1`;
    expect(JSON.parse(whole.stdout)).toEqual({ generation: second, keyVersion, config: changed });
    expect(JSON.parse(one.stdout)).toMatchObject({
      generation: second,
      key: 'DB_HOST',
      value: changed.DB_HOST,
    });
  });

  test('fails without showing a value', async () => {
    const outcomes = await Promise.all([
      operator.run(['get', '--key', 'DB_NAME']),
      operator.run(['get', '--generation', '1']),
      operator.run(['get'], { member: 'user:nobody@example.com' }),
    ]);
    const messages = [/no key DB_NAME/, /has no generation 1\. .*history/, /lacks storage\.objects\.get/];
    for (const [index, { code, stdout, stderr }] of outcomes.entries()) {
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(messages[index] as RegExp);
      expect(stderr).not.toContain('canary');
    }
  });

  test('is done as the service account that is impersonated, by direct calls and by official clients', async () => {
    const member = 'user:pipeline@example.com';
    const as = (args: readonly string[]) =>
      operator.run([...args, '--impersonate-service-account', scene.email], { member });
    const refused = await as(['get']);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/lacks iam\.serviceAccounts\.getAccessToken on \S*serviceAccounts\//);
    expect(refused.stderr).toContain('roles/iam.serviceAccountTokenCreator');
    await setBindings(cloud, `/iam/v1/projects/${cloud.projectId}/serviceAccounts/${scene.email}`, [
      { role: 'roles/iam.serviceAccountTokenCreator', members: [member] },
    ]);
    expect(await as(['get', '--key', 'DB_PASS'])).toMatchObject({
      code: 0,
      stdout: `${changed.DB_PASS}\n`,
      stderr: '',
    });
    // The service account may read and decrypt, and not write.
    const written = await as(['rollback', '--to', first]);
    expect(written.code).toBe(1);
    expect(written.stderr).toContain(scene.email);
  });

  test('reads again what was damaged once on the way, and refuses what is damaged always', async () => {
    // The config is read by one request for the object and one to Cloud KMS.
    const isDownload = (url: string) => !url.includes(':decrypt');
    let downloads = 0;
    const once = await damagingWire(cloud.url, {
      response: (url, body) => {
        if (!isDownload(url)) return body;
        downloads += 1;
        return downloads === 1 ? flippedLastBit(body) : body;
      },
    });
    const always = await damagingWire(cloud.url, {
      response: (url, body) => (isDownload(url) ? flippedLastBit(body) : body),
    });
    const [healed, refused] = await Promise.all([
      operator.run(['get'], { url: once.url }),
      operator.run(['get'], { url: always.url }),
    ]);
    await Promise.all([once.close(), always.close()]);
    expect(JSON.parse(healed.stdout)).toEqual(changed);
    expect(downloads).toBe(2);
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('damaged in transit'),
    });
  });
});

describe('diff', () => {
  test('tells keys and whether their values are the same, but no value', async () => {
    const { code, stdout } = await operator.run(['diff']);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^From \\S+#${first} to \\S+#${second}:$`, 'm'));
    expect(stdout).toMatch(/^~ DB_PASS +changed +[0-9a-f]{8} +[0-9a-f]{8}$/m);
    expect(stdout).toMatch(/^ {2}DB_HOST +same +([0-9a-f]{8}) +\1$/m);
    expect(stdout).not.toContain('canary');
  });

  test('has other fingerprints each time, so that none can be looked up', async () => {
    const [one, two] = await Promise.all([
      operator.run(['diff', '--json']),
      operator.run(['diff', '--json']),
    ]);
    expect(JSON.parse(one.stdout).changes).not.toEqual(JSON.parse(two.stdout).changes);
  });

  test('compares with a file or the other way round, and shows values when asked to', async () => {
    const file = path.join(operator.directory, 'other.json');
    await writeFile(file, JSON.stringify(sampleConfig));
    const [withFile, backwards, revealed] = await Promise.all([
      operator.run(['diff', 'other.json', '--json']),
      operator.run(['diff', '--from', second, '--to', first, '--json']),
      operator.run(['diff', '--reveal']),
    ]);
    for (const { stdout } of [withFile, backwards]) {
      const { changes } = JSON.parse(stdout) as { changes: { key: string; change: string }[] };
      expect(changes.filter(({ change }) => change !== 'same').map(({ key }) => key)).toEqual(['DB_PASS']);
    }
    expect(revealed.stdout).toMatch(/"canary-Pa55" +"canary-Pa56"/);
  });
});

describe('history', () => {
  test('lists generations, the newest first: when, who, size, key version, fingerprint, current', async () => {
    const [table, json] = await Promise.all([operator.run(['history']), operator.run(['history', '--json'])]);
    const lines = table.stdout.trimEnd().split('\n');
    expect(lines.slice(3)).toEqual([
      '',
      expect.stringMatching(/^VALUE/),
      expect.stringMatching(/^\/DB_PASS .* 90 days/),
    ]);
    expect(lines[1]).toMatch(
      new RegExp(
        `^${second} +\\d{4}-\\d\\d-\\d\\d [\\d:]{8} UTC +owner@example\\.com \\(audited\\) +\\d+ +1 +[0-9a-f]{8} +current$`,
      ),
    );
    expect(lines[2]).toMatch(new RegExp(`^${first} `));
    expect(JSON.parse(json.stdout)).toMatchObject([
      { generation: second, isLive: true, writer: 'owner@example.com' },
      { generation: first, isLive: false },
    ]);
    expect(table.stdout).not.toContain('\u001b');
  });

  test('says how old a value is of which the schema says how old it may get, whoever wrote it how', async () => {
    const ages = async () => {
      const [live] = JSON.parse((await operator.run(['history', '--json'])).stdout);
      return live.ages;
    };
    const noted = (times: object) =>
      scene.owner.storage
        .bucket(scene.reference.bucket)
        .file(scene.reference.object)
        .setMetadata({ metadata: { 'keys-changed': JSON.stringify(times) } });
    await noted({ '/DB_PASS': '2026-01-01T00:00:00Z', '/DB_HOST': '2026-01-01T00:00:00Z' });
    const old = { pointer: '/DB_PASS', changed: '2026-01-01T00:00:00Z', state: 'overdue' };
    expect(await ages()).toMatchObject([old]);
    expect((await operator.run(['history'])).stdout).toMatch(
      /^\/DB_PASS +2026-01-01 00:00:00 UTC +\d+ days +90 days +overdue$/m,
    );
    // None of these writes another password.
    await operator.run(['set', 'DB_HOST'], { stdin: 'other.example.com' });
    await operator.run(['rotate-key']);
    expect(await ages()).toMatchObject([old]);
    const before = (await liveConfig(scene)).generation;
    await operator.run(['set', 'DB_PASS'], { stdin: 'canary-new' });
    expect(await ages()).toMatchObject([{ pointer: '/DB_PASS', state: 'in time' }]);
    await operator.run(['rollback', '--to', before]);
    expect(await ages()).toMatchObject([old]);
    await scene.put(await scene.encrypt(changed));
    expect(await ages()).toMatchObject([{ pointer: '/DB_PASS', state: 'unknown' }]);
  });

  test('tells who claims to have written it from who has, whatever page of the log says it', async () => {
    const claimed = { 'written-by': 'somebody@example.com' };
    const { bucket, object } = scene.reference;
    const found = { target: {}, name: 'config', format: 'json', reference: scene.reference } as const;
    await scene.owner.storage.bucket(bucket).file(object).setMetadata({ metadata: claimed });
    const audited = 'owner@example.com';
    const [live] = JSON.parse((await operator.run(['history', '--json'])).stdout);
    expect(live).toMatchObject({ writer: audited, writers: { claimed: 'somebody@example.com', audited } });
    expect((await operator.run(['history'])).stdout).toContain(
      `${audited} (audited; claimed: somebody@example.com)`,
    );
    const environment = { CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING: `${cloud.url}/logging/` };
    const io = { environment } as unknown as Io;
    const secret = { ...found, io, projectId: cloud.projectId, clients: scene.owner };
    const whole = await auditedWrites(secret, '2020-01-01T00:00:00Z');
    expect(whole.length).toBeGreaterThan(1);
    expect(await auditedWrites(secret, '2020-01-01T00:00:00Z', 1)).toEqual(whole);
  });

  test('does not need the audit log', async () => {
    const lister = 'user:lister@example.com';
    const { iam } = scene.owner.storage.bucket(scene.reference.bucket);
    const [policy] = await iam.getPolicy({ requestedPolicyVersion: 3 });
    policy.bindings.push({ role: 'roles/storage.objectUser', members: [lister] });
    await iam.setPolicy(policy);
    const { code, stdout } = await operator.run(['history'], { member: lister });
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${second} .* unknown `, 'm'));
  });
});

describe('exec', () => {
  const print = 'process.stdout.write(process.env.DB_PASS + process.argv.length); process.exitCode = 7';

  test('gives a program the config, and ends with its exit code', async () => {
    const { code, stdout } = await operator.run([
      'exec',
      '--',
      process.execPath,
      '-e',
      print,
      '--',
      '--json',
    ]);
    expect({ code, stdout }).toEqual({ code: 7, stdout: `${changed.DB_PASS}2` });
  });

  test.runIf(process.platform !== 'win32')('passes signals on', async () => {
    const program =
      "process.on('SIGTERM', () => process.exit(9)); console.log('up'); setInterval(() => {}, 1000);";
    const { child, ended } = await operator.start(['exec', '--', process.execPath, '-e', program]);
    child.stdout?.once('data', () => child.kill('SIGTERM'));
    expect(await ended).toMatchObject({ code: 9, stdout: 'up\n' });
  });

  test.runIf(process.platform !== 'win32')('tells a program that a signal ended', async () => {
    const program = "process.kill(process.pid, 'SIGKILL')";
    const { code } = await operator.run(['exec', '--', process.execPath, '-e', program]);
    expect(code).toBe(137);
  });

  test('says that there is no such program', async () => {
    const { code, stderr } = await operator.run(['exec', '--', 'no-such-program-7f3a']);
    expect({ code, stderr }).toEqual({
      code: 127,
      stderr: 'Error: no-such-program-7f3a was not found: name a program on the PATH.\n',
    });
  });
});
