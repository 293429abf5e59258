import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Scene, sampleConfig } from '../../support/scene.ts';
import { onTerminal } from '../support/terminal.ts';
import { eachOperator, liveConfig, type Operator } from './support.ts';

let scene: Scene;
let operator: Operator;
eachOperator((made) => {
  ({ scene, operator } = made);
});

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
  const terminal = onTerminal(await operator.commandLine(['edit'], { environment }));
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
