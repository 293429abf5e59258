import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { LocalCloud } from '../../../emulator/cloud.ts';
import { type Scene, sampleConfig } from '../../support/scene.ts';
import { damagingWire } from '../../support/wire.ts';
import { onTerminal, type Terminal } from '../support/terminal.ts';
import { eachOperator, liveConfig, type Operator } from './support.ts';

let cloud: LocalCloud;
let scene: Scene;
let operator: Operator;

eachOperator((made) => {
  ({ cloud, scene, operator } = made);
});

/** Writes texts one after the other. */
async function write(terminal: Terminal, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    terminal.write(text);
    await delay(20);
  }
}

/** Runs a command on a terminal and types when it asks. */
async function typed(
  args: readonly string[],
  text: string | readonly string[],
): Promise<{ code: number; screen: string }> {
  const terminal = onTerminal(await operator.commandLine(args));
  let screen = '';
  let isTyped = false;
  terminal.onData((data) => {
    screen += data;
    if (isTyped || !screen.includes('it is not shown')) return;
    isTyped = true;
    void write(terminal, [text].flat());
  });
  return new Promise((resolve) => terminal.onExit(({ exitCode }) => resolve({ code: exitCode, screen })));
}

test('a value that is typed is taken and not shown', async () => {
  const { code, screen } = await typed(['set', 'DB_PASS'], 'canary-tyq\u007fped\r');
  expect({ code, screen }).toMatchObject({ code: 0, screen: expect.stringContaining('Wrote gs://') });
  expect(screen).not.toContain('canary');
  expect((await liveConfig(scene)).config).toEqual({ ...sampleConfig, DB_PASS: 'canary-typed' });
});

test('keys that edit a line edit it, and none becomes part of the value', async () => {
  // Left, Ctrl-E, Ctrl-U, Home, Delete, and what looks like a function key.
  const keys = 'forgotten\u001b[D\u0005\u0015x\u001b[Hcanary-\u001b[3~edit\u001b[11~\u0014ed\r';
  const { code, screen } = await typed(['set', 'DB_PASS'], keys);
  expect({ code, screen }).toMatchObject({ code: 0, screen: expect.stringContaining('Wrote gs://') });
  expect(screen).not.toContain('canary');
  expect((await liveConfig(scene)).config).toEqual({ ...sampleConfig, DB_PASS: 'canary-edited' });
});

const pem = '-----BEGIN KEY-----\rcanary-MII\rcanary-echo\r-----END KEY-----\r';

test.each([
  ['marked as such by the terminal', `\u001b[200~${pem}\u001b[201~`],
  ['as if it were typed', pem],
  ['in parts of which each is a line', pem.split(/(?<=\r)/)],
])('a pasted block, %s, is refused as a whole', async (_, text) => {
  const { code, screen } = await typed(['set', 'DB_PASS'], text);
  expect({ code, screen }).toMatchObject({ code: 1, screen: expect.stringContaining('has several lines') });
  expect(screen).toMatch(/npx cloud-run-identity set DB_PASS --bucket \S+ --object .* < FILE/);
  expect(screen).not.toContain('canary');
  expect((await liveConfig(scene)).config).toEqual(sampleConfig);
});

test('one pasted line is taken; its line break does not end the input', async () => {
  const { code } = await typed(['set', 'DB_PASS'], ['\u001b[200~canary-pas\r\u001b[201~', 'ted\r']);
  expect(code).toBe(0);
  expect((await liveConfig(scene)).config).toEqual({ ...sampleConfig, DB_PASS: 'canary-pasted' });
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
