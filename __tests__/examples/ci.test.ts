import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from '../cli/support/run.ts';
import { pipelineCommands, pipelines } from '../support/pipelines.ts';

const golden = resolve(import.meta.dirname, '..', 'golden');

/** The folder that a pipeline works in, and the checkout of before beside it. */
const directory = realpathSync(mkdtempSync(join(tmpdir(), 'ci-')));
const cwd = join(directory, 'checkout');

beforeAll(() => {
  for (const checkout of ['checkout', 'before']) {
    for (const stack of ['cloud-run-identity', 'cloud-run-identity-foundation']) {
      const folder = join(directory, checkout, 'cdktf.out', stack);
      mkdirSync(folder, { recursive: true });
      cpSync(join(golden, `${stack}.json`), join(folder, 'cdk.tf.json'));
    }
  }
});
afterAll(() => rmSync(directory, { recursive: true }));

const commands = pipelineCommands();

test('each pipeline reviews, deploys what was approved and verifies', () => {
  for (const file of pipelines) {
    const verbs = commands.filter(([other]) => other === file).map(([, args]) => args.split(' ')[0]);
    expect(new Set(verbs), file).toEqual(new Set(['review', 'deploy', 'verify']));
  }
});

test.each(commands.filter(([, args]) => args.startsWith('review')))('%s: %s', async (_, args) => {
  const { code, stdout, stderr } = await runCommand(args.split(' '), { cwd, environment: {} });
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toMatch(/No policy is violated\.|Nothing differs\./);
});

test.each(commands.filter(([, args]) => !args.startsWith('review')))(
  '%s: %s has options that there are',
  async (_, args) => {
    const [verb = '', ...others] = args.split(' ');
    const { stdout } = await runCommand([verb, '--help'], { cwd, environment: {} });
    const unknown = others.filter((word) => word.startsWith('--') && !stdout.includes(`  ${word} `));
    expect(unknown).toEqual([]);
  },
);

test('what the pipeline approved is what it reviewed', () => {
  const { digests } = JSON.parse(readFileSync(join(cwd, 'review', 'review.json'), 'utf8'));
  const stacks = digests.map(({ stack }: { stack: string }) => stack);
  expect(stacks).toEqual(['cloud-run-identity', 'cloud-run-identity-foundation']);
});
