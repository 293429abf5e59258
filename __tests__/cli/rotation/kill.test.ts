import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { startLocalCloud } from '../../../emulator/cloud.ts';
import { testCompileCache } from '../../support/compile-cache.ts';
import { runs } from '../../support/property-runs.ts';
import { createReadyScene, type Scene, sampleConfig } from '../../support/scene.ts';
import { createOperator, liveConfig } from '../secret/support.ts';
import { run, secretOf } from './support.ts';

/** A server of tokens that is a folder: a file for each that it accepts. It says when it has done something. */
const rotator = `
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
const file = ({ DB_PASS }) => path.join(import.meta.dirname, 'accepted-' + DB_PASS);
const stop = async (step) => {
  if (process.env.STOP_AT !== step) return;
  process.stdout.write('at ' + step + '\\n');
  await new Promise((resolve) => setTimeout(resolve, 600_000));
};
export default {
  propose: () => ({ DB_PASS: 'canary-' + process.pid }),
  create: async ({ next }) => { writeFileSync(file(next), ''); await stop('create'); },
  test: async ({ next }) => { if (!existsSync(file(next))) throw new Error(); await stop('test'); },
  retire: async ({ current }) => { rmSync(file(current), { force: true }); await stop('retire'); },
  undo: async ({ next }) => rmSync(file(next), { force: true }),
};`;

const rotate = ['rotate', 'DB_PASS', '--with', './rotator.ts', '--wait', '0'];

/** Each is a process of its own: all of them by PROPERTY_RUNS only, as rotate.test.ts dies at each of them in this one. */
const STEPS = ['test', 'create', 'retire'].slice(0, runs(1).numRuns);

test.skipIf(process.platform === 'win32').each(STEPS)(
  'kill -9 at the step %s: the next run ends it',
  async (step) => {
    const cloud = await startLocalCloud({ projectId: 'sample-project' });
    const scene: Scene = await createReadyScene(cloud);
    const operator = await createOperator(cloud, scene);
    try {
      await writeFile(path.join(operator.directory, 'rotator.ts'), rotator);
      await writeFile(path.join(operator.directory, `accepted-${sampleConfig.DB_PASS}`), '');
      const environment = { NODE_COMPILE_CACHE: testCompileCache, STOP_AT: step };
      const { child, ended } = await operator.start(rotate, { environment });
      await new Promise<void>((resolve) => {
        let output = '';
        child.stdout?.on('data', (chunk: Buffer) => {
          output += chunk;
          if (output.includes(`at ${step}\n`)) resolve();
        });
        ended.then(() => resolve());
      });
      child.kill('SIGKILL');
      await ended;
      const module = await import(pathToFileURL(path.join(operator.directory, 'rotator.ts')).href);
      // As the command does, but for the time that nothing must have been heard of the other.
      const { wentOnWith } = await run(secretOf(cloud, scene), module.default, { leaseMilliseconds: 100 });
      expect(wentOnWith).toMatchObject({ step, key: 'DB_PASS' });
      const { DB_PASS } = (await liveConfig(scene)).config as typeof sampleConfig;
      expect(DB_PASS).toBe(`canary-${child.pid}`);
      const accepted = (await readdir(operator.directory)).filter((name) => name.startsWith('accepted-'));
      expect(accepted).toEqual([`accepted-${DB_PASS}`]);
    } finally {
      await operator.close();
      await cloud.close();
    }
  },
  120_000,
);
