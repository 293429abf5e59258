import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { startLocalCloud } from '../../../emulator/cloud.ts';
import { testCompileCache } from '../../support/compile-cache.ts';
import { runs } from '../../support/property-runs.ts';
import { createReadyScene, type Scene, sampleConfig } from '../../support/scene.ts';
import { createOperator, liveConfig, type Operator } from './support.ts';

/** How often each of the four commands is killed. */
const { numRuns: KILLS } = runs(5);

type Command = 'put' | 'edit' | 'rollback' | 'rotate-key';

interface Attempt {
  readonly args: readonly string[];
  readonly stdin?: string;
  /** What is live afterwards if the command has got that far. */
  readonly after: unknown;
}

describe
  .skipIf(process.platform === 'win32')
  .concurrent('kill -9 at random points leaves the old or the new', () => {
    test.each(['put', 'edit', 'rollback', 'rotate-key'] as const)('of %s', { timeout: 300_000 }, killed);
  });

async function killed(command: Command): Promise<void> {
  let seen = () => {};
  const cloud = await startLocalCloud({ projectId: 'sample-project', onRequest: () => seen() });
  const scene = await createReadyScene(cloud);
  const operator = await createOperator(cloud, scene);
  const environment = await environmentOf(operator);
  try {
    const windowMilliseconds = await durationOfRequests(command);
    const outcomes = { old: 0, new: 0 };
    for (let kill = 0; kill < KILLS; kill += 1) {
      const { config: before } = await liveConfig(scene);
      const attempt = await prepare(command, scene, before);
      const firstRequest = new Promise<void>((resolve) => {
        seen = resolve;
      });
      const { child, ended } = await operator.start(attempt.args, {
        stdin: attempt.stdin ?? '',
        environment,
      });
      // Before its first request a command has nothing to leave half done, so most are killed later.
      if (kill % 5 > 0) await Promise.race([firstRequest, ended]);
      await delay(Math.random() * 1.2 * windowMilliseconds);
      child.kill('SIGKILL');
      await ended;
      const { config } = await liveConfig(scene);
      expect([before, attempt.after]).toContainEqual(config);
      outcomes[JSON.stringify(config) === JSON.stringify(before) ? 'old' : 'new'] += 1;
      await leavesNoPlaintext(operator, config);
    }
    expect(outcomes.old + outcomes.new).toBe(KILLS);
  } finally {
    await operator.close();
    await cloud.close();
  }

  /** From the first request to the end, when nothing interferes. */
  async function durationOfRequests(name: Command): Promise<number> {
    const attempt = await prepare(name, scene, (await liveConfig(scene)).config);
    let start = 0;
    seen = () => {
      start ||= performance.now();
    };
    const outcome = await operator.run(attempt.args, { stdin: attempt.stdin ?? '', environment });
    expect(outcome).toMatchObject({ code: 0 });
    expect((await liveConfig(scene)).config).toEqual(attempt.after);
    return performance.now() - start;
  }
}

/** Every run has a password of its own, by which whatever it leaves is found. */
async function prepare(command: Command, scene: Scene, before: unknown): Promise<Attempt> {
  const next = { ...sampleConfig, DB_PASS: `canary-${randomUUID()}` };
  if (command === 'put') return { args: ['put', '-'], stdin: JSON.stringify(next), after: next };
  if (command === 'rotate-key') return { args: ['rotate-key'], after: before };
  if (command === 'edit') return { args: ['edit'], after: edited(before) };
  // The one before the live one is what a rollback brings back.
  await scene.put(await scene.encrypt(next));
  await scene.put(await scene.encrypt(before));
  return { args: ['rollback'], after: next };
}

/** What the editor makes of a config: never the same. */
function edited(before: unknown): unknown {
  const config = before as typeof sampleConfig;
  return { ...config, DB_HOST: config.DB_HOST === 'edited' ? 'other' : 'edited' };
}

async function environmentOf({ directory }: Operator): Promise<Record<string, string>> {
  const temporary = path.join(directory, 'tmp');
  await mkdir(temporary);
  const editor = path.join(directory, 'editor.mjs');
  await writeFile(
    editor,
    `import { readFileSync, writeFileSync } from 'node:fs';
    const file = process.argv.at(-1);
    const config = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...config, DB_HOST: config.DB_HOST === 'edited' ? 'other' : 'edited' }));`,
  );
  return {
    EDITOR: `${process.execPath} ${editor}`,
    TMPDIR: temporary,
    // Most of a command's time goes into compiling libraries.
    NODE_COMPILE_CACHE: testCompileCache,
  };
}

/** Nothing that holds the password is left, on disk or in memory, once those who clean up have done so. */
async function leavesNoPlaintext({ directory }: Operator, config: unknown): Promise<void> {
  const { DB_PASS } = config as typeof sampleConfig;
  const folders = [directory, '/dev/shm'].filter((folder) => existsSync(folder));
  while (folders.some((folder) => filesWith(folder, DB_PASS).length > 0)) await delay(20);
}

function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => {
      try {
        return readFileSync(file, 'utf8').includes(text);
      } catch {
        return false; // it has just been removed
      }
    });
}
