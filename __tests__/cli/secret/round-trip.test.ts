import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSecret, readObject, unseal } from '@cloud-run-identity/secrets';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../../support/property-runs.ts';
import type { Scene } from '../../support/scene.ts';
import { eachOperator, type Operator } from './support.ts';

const { numRuns: CONFIGS } = runs(2);
const VALUES = 1000;

let operator: Operator;
let scene: Scene;
eachOperator((made) => {
  ({ operator, scene } = made);
});

const secret = ['--secret', 'values'];
const copy = [...secret, '--object', 'copy.enc'];

/** Texts as people, password generators and files have them, and everything else that JSON can hold. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 24 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 24 }),
  fc.string({
    unit: fc.constantFrom(...' \t\r\n#\'"`$\\{}=&;|<>()~!*\u00a0\ufeff\u2028€😀a0'),
    maxLength: 12,
  }),
  fc.constantFrom(
    '',
    'null',
    'true',
    '0',
    '[object Object]',
    '__proto__',
    '-----BEGIN KEY-----\nMII=\n-----END KEY-----\n',
  ),
);
const value = fc.oneof(
  { weight: 3, arbitrary: text },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
);

/** What no text and no variable can hold is refused, and tested where it is. */
const holdable = (sample: unknown) => !JSON.stringify(sample).match(/\\u0000|\\ud[89a-f]/i);

function configOf(values: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(values.map((one, index) => [`K_${index}`, one]));
}

/** What the service, as itself, has of an object. */
async function loaded(object = scene.reference.object): Promise<unknown> {
  const { bytes } = await readObject(scene.service, scene.reference.bucket, object);
  const { plaintext } = await unseal(scene.service, scene.reference, bytes);
  return parseSecret(plaintext, {});
}

async function done(args: readonly string[], stdin?: string): Promise<string> {
  const { code, stdout, stderr } = await operator.run(args, stdin === undefined ? {} : { stdin });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

const inText = (one: unknown) => (typeof one === 'string' ? one : JSON.stringify(one));

test(`${CONFIGS * VALUES} values are the same for the service, get, exec, export and import`, {
  timeout: 120_000,
}, async () => {
  const print = `process.stdout.write(JSON.stringify(Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('K_')))))`;
  for (let round = 0; round < CONFIGS; round += 1) {
    const values = fc.sample(value.filter(holdable), { numRuns: VALUES, seed: round + 1 });
    // JSON has no negative zero to write.
    const config = JSON.parse(JSON.stringify(configOf(values))) as Record<string, unknown>;
    await done(['put', '-', ...secret], JSON.stringify(config));
    expect(await loaded()).toEqual(config);
    expect(JSON.parse(await done(['get', ...secret]))).toEqual(config);
    const some = `K_${round * 7}`;
    expect(await done(['get', '--key', some, ...secret])).toBe(`${inText(config[some])}\n`);
    const variables = JSON.parse(await done(['exec', ...secret, '--', process.execPath, '-e', print]));
    expect(variables).toEqual(
      Object.fromEntries(Object.entries(config).map(([key, one]) => [key, inText(one)])),
    );
    const file = `out-${round}.json`;
    await done(['export', file, ...secret]);
    expect(JSON.parse(readFileSync(path.join(operator.directory, file), 'utf8'))).toEqual(config);
    await done(['import', file, ...copy, '--if-generation', '0']);
    expect(JSON.parse(await done(['get', ...copy]))).toEqual(config);
    await throughDotenv(config, round);
    await scene.owner.storage.bucket(scene.reference.bucket).file('copy.enc').delete();
  }
});

/** Texts that a .env file can hold come back from one; the others are named, and nothing is written. */
async function throughDotenv(config: Record<string, unknown>, round: number): Promise<void> {
  const texts = Object.fromEntries(Object.entries(config).filter(([, one]) => typeof one === 'string'));
  await done(['put', '-', ...copy], JSON.stringify(texts));
  const file = `out-${round}.env`;
  const refused = await operator.run(['export', file, ...copy]);
  expect(refused.code).toBe(1);
  const named = [...refused.stderr.matchAll(/"(K_\d+)"/g)].map(([, key = '']) => key);
  const rest = Object.fromEntries(Object.entries(texts).filter(([key]) => !named.includes(key)));
  expect(Object.keys(rest).length).toBeGreaterThan(VALUES / 4);
  await done(['put', '-', ...copy], JSON.stringify(rest));
  await done(['export', file, ...copy]);
  await scene.owner.storage.bucket(scene.reference.bucket).file('copy.enc').delete();
  await done(['import', file, ...copy]);
  expect(JSON.parse(await done(['get', ...copy]))).toEqual(rest);
}

/** What people's files, terminals and generators of passwords have at their worst. */
const hard: Readonly<Record<string, string>> = {
  LONG: 'ä€😀'.repeat(10_000),
  CRLF: 'one\r\ntwo\r\n',
  CARRIAGE_RETURN: 'one\rtwo',
  EMOJI: '👩‍👩‍👧 e\u0301',
  BLANKS: ' \t x \t ',
  LINES: '\n\nx\n\n',
  DOLLARS: '$HOME $' + '{HOME} $$ $(id) $',
  BACKSLASHES: String.raw`\ \\ \n \' \" \$`,
  QUOTES: `'"\`'''"""\``,
  SIGNS: '=a=b= #c # d',
  MARK: '\ufeffx',
  NUL: 'a\0b',
  HIGH_HALF: 'a\ud83d',
  LOW_HALF: '\ude00b',
};
const halves = ['HIGH_HALF', 'LOW_HALF'];
const unfit = ['NUL', ...halves];

test('hard values arrive exactly, or are refused by name', async () => {
  await done(['put', '-', ...secret], JSON.stringify(hard));
  expect(await loaded()).toEqual(hard);
  expect(JSON.parse(await done(['get', ...secret]))).toEqual(hard);
  await done(['export', 'hard.json', ...secret]);
  await done(['import', 'hard.json', ...copy]);
  expect(JSON.parse(await done(['get', ...copy]))).toEqual(hard);
  for (const [key, value] of Object.entries(hard)) {
    const { code, stdout, stderr } = await operator.run(['get', '--key', key, ...secret]);
    if (!halves.includes(key)) expect([key, code, stdout]).toEqual([key, 0, `${value}\n`]);
    else expect([key, code, stdout, stderr]).toEqual([key, 1, '', expect.stringContaining(key)]);
  }
  const run = ['exec', ...secret, '--', process.execPath, '-e'];
  for (const args of [
    [...run, 'process.stdout.write("ran")'],
    ...['sh', 'docker', 'env'].map((form) => ['export', '-', '--form', form, ...secret]),
  ]) {
    const { code, stdout, stderr } = await operator.run(args);
    expect([args, code, stdout]).toEqual([args, 1, '']);
    for (const key of unfit) expect([args, stderr]).toEqual([args, expect.stringContaining(key)]);
  }
  const fit = Object.fromEntries(Object.entries(hard).filter(([key]) => !unfit.includes(key)));
  await done(['put', '-', ...secret], JSON.stringify(fit));
  const names = JSON.stringify(Object.keys(fit));
  const print = `process.stdout.write(JSON.stringify(Object.fromEntries(${names}.map((name) => [name, process.env[name]]))))`;
  expect(JSON.parse(await done([...run, print]))).toEqual(fit);
});
