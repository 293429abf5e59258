import { expect, test } from 'vitest';
import type { LocalCloud } from '../../../emulator/cloud.ts';
import { type Scene, sampleConfig } from '../../support/scene.ts';
import { damagingWire } from '../../support/wire.ts';
import { onTerminal } from '../support/terminal.ts';
import { eachOperator, liveConfig, type Operator } from './support.ts';

let cloud: LocalCloud;
let scene: Scene;
let operator: Operator;

eachOperator((made) => {
  ({ cloud, scene, operator } = made);
});

/** Runs a command on a terminal and types when it asks. */
async function typed(args: readonly string[], text: string): Promise<{ code: number; screen: string }> {
  const terminal = onTerminal(await operator.commandLine(args));
  let screen = '';
  let isTyped = false;
  terminal.onData((data) => {
    screen += data;
    if (isTyped || !screen.includes('it is not shown')) return;
    isTyped = true;
    terminal.write(text);
  });
  return new Promise((resolve) => terminal.onExit(({ exitCode }) => resolve({ code: exitCode, screen })));
}

test('a value that is typed is taken and not shown', async () => {
  const { code, screen } = await typed(['set', 'DB_PASS'], 'canary-tyq\u007fped\r');
  expect({ code, screen }).toMatchObject({ code: 0, screen: expect.stringContaining('Wrote gs://') });
  expect(screen).not.toContain('canary');
  expect((await liveConfig(scene)).config).toEqual({ ...sampleConfig, DB_PASS: 'canary-typed' });
});

test('Ctrl-C at the prompt changes nothing', async () => {
  const { code, screen } = await typed(['set', 'DB_PASS'], 'canary\u0003');
  expect({ code, screen }).toMatchObject({ code: 1, screen: expect.stringContaining('Nothing was changed') });
  expect(screen).not.toContain('canary');
  expect((await liveConfig(scene)).config).toEqual(sampleConfig);
});

/** What a command shows on a terminal. */
async function shown(args: readonly string[], url = cloud.url): Promise<string> {
  const terminal = onTerminal(await operator.commandLine(args, { url }));
  let screen = '';
  terminal.onData((data) => {
    screen += data;
  });
  await new Promise((resolve) => terminal.onExit(() => resolve(undefined)));
  return screen;
}

test('colours are for terminals', async () => {
  expect(await shown(['history'])).toContain('\u001b[2mGENERATION');
});

test('what takes longer than a second says so, until it is done', async () => {
  const slow = await damagingWire(cloud.url, {
    response: (path, body) => {
      // Nothing else is to happen meanwhile.
      if (path.includes('versions=true')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
      return body;
    },
  });
  const screen = await shown(['history'], slow.url);
  await slow.close();
  expect(screen).toMatch(/Listing generations … \d s/);
  // The line is erased before the table comes.
  expect(screen.indexOf('\u001b[K')).toBeLessThan(screen.indexOf('GENERATION'));
});
