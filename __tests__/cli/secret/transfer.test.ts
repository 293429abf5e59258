import { existsSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../../emulator/cloud.ts';
import { createReadyScene, type Scene, sampleConfig } from '../../support/scene.ts';
import { damagingWire, flipLastBit } from '../../support/wire.ts';
import { ask } from '../checks/support.ts';
import { createOperator, liveConfig, type Operator } from './support.ts';

const awkward = { ...sampleConfig, DB_PASS: 'canary "double" # not a comment \\n $HOME' };
const secretName = 'projects/sample-project/secrets/db';
let cloud: LocalCloud;
let scene: Scene;
let operator: Operator;

beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project' });
});
beforeEach(async () => {
  scene = await createReadyScene(cloud);
  operator = await createOperator(cloud, scene);
});
afterEach(async () => {
  await ask(cloud, 'DELETE', `/secretmanager/v1/${secretName}`);
  await operator.close();
});
afterAll(() => cloud?.close());

function file(name: string): string {
  return path.join(operator.directory, name);
}

describe('a .env file', () => {
  test('goes out and comes back', async () => {
    await scene.put(await scene.encrypt(awkward));
    expect(await operator.run(['export', 'db.env'])).toMatchObject({ code: 0, stderr: '' });
    expect({ ...parseEnv(await readFile(file('db.env'), 'utf8')) }).toEqual(awkward);
    if (process.platform !== 'win32') expect(statSync(file('db.env')).mode & 0o777).toBe(0o600);
    await scene.put(await scene.encrypt(sampleConfig));
    expect(await operator.run(['import', 'db.env'])).toMatchObject({ code: 0 });
    expect((await liveConfig(scene)).config).toEqual(awkward);
  });

  test('that lacks a key is refused', async () => {
    await writeFile(file('db.env'), 'DB_HOST=canary\n');
    const { code, stderr } = await operator.run(['import', 'db.env']);
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('DB_PASS is missing'),
    });
    expect(stderr).not.toContain('canary');
    expect((await liveConfig(scene)).config).toEqual(sampleConfig);
  });
});

describe('a JSON file', () => {
  test('goes out and comes back; what is there is not overwritten', async () => {
    await operator.run(['export', 'out.json']);
    expect(JSON.parse(await readFile(file('out.json'), 'utf8'))).toEqual(sampleConfig);
    const again = await operator.run(['export', 'out.json']);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('--force') });
    await writeFile(file('out.json'), JSON.stringify(awkward));
    const dryRun = await operator.run(['import', 'out.json', '--dry-run']);
    expect(dryRun.stdout).toMatch(/^~ DB_PASS +changed/m);
    expect((await liveConfig(scene)).config).toEqual(sampleConfig);
    expect(await operator.run(['import', 'out.json'])).toMatchObject({ code: 0 });
    expect((await liveConfig(scene)).config).toEqual(awkward);
    expect(await operator.run(['export', 'out.json', '--force'])).toMatchObject({ code: 0 });
  });

  test('is written to standard output, in either form', async () => {
    const [json, env] = await Promise.all([
      operator.run(['export', '-']),
      operator.run(['export', '-', '--form', 'env']),
    ]);
    expect(JSON.parse(json.stdout)).toEqual(sampleConfig);
    expect({ ...parseEnv(env.stdout) }).toEqual(sampleConfig);
  });
});

describe('Secret Manager', () => {
  test('gets a secret with a version, and gives it back', async () => {
    const exported = await operator.run(['export', secretName, '--json']);
    expect(exported).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(exported.stdout)).toMatchObject({ destination: `${secretName}/versions/1` });
    await scene.put(await scene.encrypt(awkward));
    expect(await operator.run(['export', secretName])).toMatchObject({ code: 0 });
    expect(await operator.run(['import', `${secretName}/versions/1`])).toMatchObject({ code: 0 });
    expect((await liveConfig(scene)).config).toEqual(sampleConfig);
    expect(await operator.run(['import', secretName])).toMatchObject({ code: 0 });
    expect((await liveConfig(scene)).config).toEqual(awkward);
  });

  test('is told apart from a file, and its refusals name who, what and how to mend it', async () => {
    const missing = await operator.run(['import', secretName]);
    expect(missing.stderr).toContain(`${secretName}/versions/latest does not exist`);
    const nobody = await operator.run(['import', secretName], { member: 'user:nobody@example.com' });
    expect(nobody.stderr).toMatch(
      /lacks secretmanager\.versions\.access .*roles\/secretmanager\.secretAccessor/,
    );
    expect((await operator.run(['import', 'nowhere.env'])).stderr).toMatch(/nowhere\.env does not exist/);
  });

  test('whose payload is damaged on the way is refused', async () => {
    await operator.run(['export', secretName]);
    const wire = await damagingWire(cloud.url, {
      response: (url, body) => {
        if (!url.includes(':access')) return body;
        const answer = JSON.parse(body.toString());
        answer.payload.data = flipLastBit(answer.payload.data);
        return Buffer.from(JSON.stringify(answer));
      },
    });
    const { code, stderr } = await operator.run(['import', secretName], { url: wire.url });
    await wire.close();
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('damaged in transit'),
    });
  });
});

describe('encrypt and decrypt', () => {
  test('are each other’s opposite, also with an envelope', async () => {
    await writeFile(file('config.json'), JSON.stringify(awkward));
    for (const [index, options] of [[], ['--envelope']].entries()) {
      expect(await operator.run(['encrypt', ...options, '--out', `${index}.enc`])).toMatchObject({ code: 0 });
      const { code, stdout } = await operator.run(['decrypt', `${index}.enc`]);
      expect({ code, config: JSON.parse(stdout) }).toEqual({ code: 0, config: awkward });
      expect(existsSync(file(`${index}.enc.meta.json`))).toBe(true);
    }
    const elsewhere = await operator.run(['decrypt', '1.enc', '--object', 'other.enc']);
    expect(elsewhere).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('other.enc') });
    expect(await operator.run(['decrypt', '0.enc', '--out', 'plain.json'])).toMatchObject({ code: 0 });
    expect(await operator.run(['decrypt', '0.enc', '--out', 'plain.json'])).toMatchObject({ code: 1 });
    if (process.platform !== 'win32') expect(statSync(file('plain.json')).mode & 0o777).toBe(0o600);
  });
});
