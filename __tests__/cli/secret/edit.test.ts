import { existsSync, readdirSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Scene, sampleConfig } from '../../support/scene.ts';
import { eachOperator, liveConfig, type Operator } from './support.ts';

let scene: Scene;
let operator: Operator;
let before: string;

eachOperator((made) => {
  ({ scene, operator } = made);
});
beforeEach(async () => {
  before = (await liveConfig(scene)).generation;
});

/** An editor: a program that gets `file`, its `text` and how often it has been opened, and notes what it saw. */
async function editor(program: string): Promise<Record<string, string>> {
  const file = path.join(operator.directory, 'editor.mjs');
  await writeFile(
    file,
    `import { appendFileSync, readFileSync, statSync, writeFileSync, existsSync } from 'node:fs';
    import path from 'node:path';
    const file = process.argv.at(-1);
    const text = readFileSync(file, 'utf8');
    const note = ${JSON.stringify(path.join(operator.directory, 'seen.jsonl'))};
    const opened = existsSync(note) ? readFileSync(note, 'utf8').trim().split('\\n').length : 0;
    const mode = (name) => (statSync(name).mode & 0o777).toString(8);
    appendFileSync(note, JSON.stringify({ file, text, mode: mode(file), folder: mode(path.dirname(file)) }) + '\\n');
    ${program}`,
  );
  // A path with spaces would need a program without arguments.
  return { EDITOR: `${process.execPath} ${file}` };
}

/** What the editor saw, each time. */
async function seen(): Promise<{ file: string; text: string; mode: string; folder: string }[]> {
  const lines = (await readFile(path.join(operator.directory, 'seen.jsonl'), 'utf8')).trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

const change = "writeFileSync(file, text.replace('canary-user', 'canary-other'));";

describe('edit', () => {
  test('writes what came back from the editor, and leaves nothing behind', async () => {
    const { code, stdout, stderr } = await operator.run(['edit'], { environment: await editor(change) });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Wrote gs:/);
    expect((await liveConfig(scene)).config).toEqual({ ...sampleConfig, DB_USER: 'canary-other' });
    const [{ file = '', mode, folder } = {}] = await seen();
    if (process.platform !== 'win32') expect({ mode, folder }).toEqual({ mode: '600', folder: '700' });
    if (existsSync('/dev/shm')) expect(file).toMatch(/^\/dev\/shm\//);
    expect(existsSync(path.dirname(file))).toBe(false);
  });

  test.each([
    ['nothing', ''],
    ['the layout alone', 'writeFileSync(file, JSON.stringify(JSON.parse(text), null, 4));'],
  ])('writes nothing when %s was changed', async (_, program) => {
    const { code, stdout } = await operator.run(['edit'], { environment: await editor(program) });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'The config is unchanged: nothing was written.\n' });
    expect((await liveConfig(scene)).generation).toBe(before);
  });

  test('opens an invalid config again with its problems, which hold no value', async () => {
    const program = `writeFileSync(file, opened === 0
      ? text.replace('DB_USER', 'DB_USR').replace('canary-user', 'canary-other')
      : text.replace('"DB_USR"', '"DB_USER"'));`;
    const { code } = await operator.run(['edit'], { environment: await editor(program) });
    expect(code).toBe(0);
    expect((await liveConfig(scene)).config).toEqual({ ...sampleConfig, DB_USER: 'canary-other' });
    const [, again] = await seen();
    const comments = again?.text.split('\n').filter((line) => line.startsWith('#')) ?? [];
    expect(comments.join('\n')).toMatch(/DB_USER is missing.*\n.*DB_USR is not allowed/);
    expect(comments.join('\n')).not.toContain('canary');
  });

  test.each([
    ['stays invalid', "if (opened === 0) writeFileSync(file, '{');", /not valid JSON.*Nothing was changed/s],
    ['comes back empty', "writeFileSync(file, '');", /came back empty/],
    ['was given up', 'process.exitCode = 3;', /ended with exit code 3: nothing was changed/],
  ])('fails when the config %s, and leaves nothing behind', async (_, program, message) => {
    const { code, stderr } = await operator.run(['edit'], { environment: await editor(program) });
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('canary');
    expect((await liveConfig(scene)).generation).toBe(before);
    expect(existsSync(path.dirname((await seen())[0]?.file ?? ''))).toBe(false);
  });

  test('does not overwrite what somebody else wrote meanwhile', async () => {
    const program = `writeFileSync(file, text.replace('canary-user', 'canary-other'));
      while (!existsSync(${JSON.stringify(path.join(operator.directory, 'go'))}));`;
    const { ended } = await operator.start(['edit'], { environment: await editor(program) });
    await appears(path.join(operator.directory, 'seen.jsonl'));
    await operator.run(['set', 'DB_HOST'], { stdin: 'faster' });
    await writeFile(path.join(operator.directory, 'go'), '');
    expect(await ended).toMatchObject({ code: 3, stderr: expect.stringContaining('owner@example.com') });
    expect((await liveConfig(scene)).config).toEqual({ ...sampleConfig, DB_HOST: 'faster' });
  });

  test('says that the editor is not there', async () => {
    const { code, stderr } = await operator.run(['edit'], { environment: { EDITOR: 'no-such-editor-7f3a' } });
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('set EDITOR to one') });
  });

  test.runIf(process.platform !== 'win32').each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
    'leaves nothing behind on %s',
    async (signal) => {
      const program = `${change} setInterval(() => existsSync(file) || process.exit(), 50);`;
      const { child, ended } = await operator.start(['edit'], { environment: await editor(program) });
      await appears(path.join(operator.directory, 'seen.jsonl'));
      const [{ file = '' } = {}] = await seen();
      child.kill(signal);
      // An editor that outlives its parent holds the pipes open; the folder is what counts.
      if (signal !== 'SIGKILL') await ended;
      await disappears(path.dirname(file));
      expect((await liveConfig(scene)).generation).toBe(before);
    },
  );
});

test('starts a first config with its keys', async () => {
  await scene.owner.storage.bucket(scene.reference.bucket).file('config.enc').delete();
  const program = `writeFileSync(file, ${JSON.stringify(JSON.stringify(sampleConfig))});`;
  const { code } = await operator.run(['edit'], { environment: await editor(program) });
  expect(code).toBe(0);
  expect(Object.keys(JSON.parse((await seen())[0]?.text ?? ''))).toEqual(Object.keys(sampleConfig));
  expect((await liveConfig(scene)).config).toEqual(sampleConfig);
  expect(readdirSync(os.tmpdir()).filter((name) => name.startsWith('cloud-run-identity-edit'))).toEqual([]);
});

async function appears(file: string): Promise<void> {
  // The name is there before what is in it.
  while (!existsSync(file) || statSync(file).size === 0) await delay(20);
}

async function disappears(file: string): Promise<void> {
  while (existsSync(file)) await delay(20);
}
