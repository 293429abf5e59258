import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../../emulator/cloud.ts';
import { createReadyScene, type Scene, sampleConfig } from '../../support/scene.ts';
import { createOperator, liveConfig, type Operator } from './support.ts';

/** A terminal of the library that cdktf-cli brings, whose types are not those of a module. */
interface Terminal {
  onData(listener: (data: string) => void): void;
  onExit(listener: (exit: { exitCode: number }) => void): void;
}

const { spawn } = createRequire(import.meta.url)('@cdktf/node-pty-prebuilt-multiarch') as {
  spawn(program: string, args: readonly string[], options: object): Terminal;
};

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
afterEach(() => operator.close());
afterAll(() => cloud?.close());

/** Edits on a terminal. While the editor is open for the first time, somebody else writes; then `second` runs in it. */
async function editAgainst(second: string): Promise<{ code: number; screen: string }> {
  const [opened, go, file] = ['opened', 'go', 'editor.mjs'].map((name) =>
    path.join(operator.directory, name),
  ) as [string, string, string];
  await writeFile(
    file,
    `import { existsSync, readFileSync, writeFileSync } from 'node:fs';
    const file = process.argv.at(-1);
    const text = readFileSync(file, 'utf8');
    if (existsSync(${JSON.stringify(opened)})) { ${second} }
    else {
      writeFileSync(file, text.replace('canary-user', 'canary-other'));
      writeFileSync(${JSON.stringify(opened)}, '');
      while (!existsSync(${JSON.stringify(go)}));
    }`,
  );
  const environment = { EDITOR: `${process.execPath} ${file}` };
  const { args, cwd, env } = await operator.commandLine(['edit'], { environment });
  const terminal = spawn(process.execPath, args, { cwd, env, cols: 200, rows: 50 });
  let screen = '';
  terminal.onData((data) => {
    screen += data;
  });
  const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
  while (!existsSync(opened)) await delay(20);
  await operator.run(['set', 'DB_HOST'], { stdin: 'faster' });
  await writeFile(go, '');
  return { code: await ended, screen };
}

test('what was edited is not lost when somebody was faster: it comes up again and can be saved', async () => {
  const { code, screen } = await editAgainst(
    `if (!text.startsWith('# ') || !text.includes('owner@example.com')) process.exit(9);
     writeFileSync(file, text.replace(/^#.*$/gm, '').trimStart());`,
  );
  expect({ code, screen }).toMatchObject({ code: 0, screen: expect.stringContaining('Wrote gs://') });
  expect((await liveConfig(scene)).config).toEqual({ ...sampleConfig, DB_USER: 'canary-other' });
});

test('who closes it without a change has written nothing, and is told who was faster', async () => {
  const { code, screen } = await editAgainst('');
  expect({ code, screen }).toMatchObject({ code: 3, screen: expect.stringContaining('owner@example.com') });
  expect((await liveConfig(scene)).config).toEqual({ ...sampleConfig, DB_HOST: 'faster' });
});
