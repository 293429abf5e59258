import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { eachOperator, type Operator } from './support.ts';

let operator: Operator;
eachOperator((made) => {
  operator = made.operator;
});

const config = JSON.stringify({
  DB_HOST: 'canary-host',
  DB_PORT: '5432',
  DB_USER: 'canary-user',
  DB_PASS: 'x'.repeat(1_000_000),
});
const file = (name: string) => path.join(operator.directory, name);

/** An envelope of several chunks, in large.enc. */
async function encryptLarge(): Promise<Buffer> {
  writeFileSync(file('large.json'), config);
  const { code, stderr } = await operator.run(['encrypt', 'large.json', '--out', 'large.enc']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return readFileSync(file('large.enc'));
}

test('encrypt and decrypt take it through files and pipes', async () => {
  await encryptLarge();
  const toFile = await operator.run(['decrypt', 'large.enc', '--out', 'plain.json']);
  expect(toFile).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(file('plain.json'), 'utf8')).toBe(config);
  if (process.platform !== 'win32') expect(statSync(file('plain.json')).mode & 0o777).toBe(0o600);
  const toOutput = await operator.run(['decrypt', 'large.enc']);
  expect(toOutput).toMatchObject({ code: 0, stderr: '', stdout: config });
});

test('decrypt leaves no file of an envelope that was cut off, not even a temporary one', async () => {
  const envelope = await encryptLarge();
  writeFileSync(file('cut.enc'), envelope.subarray(0, 600_000));
  writeFileSync(file('there.json'), 'previous');
  const before = readdirSync(operator.directory);
  for (const args of [['new.json'], ['there.json', '--force']]) {
    const { code, stdout, stderr } = await operator.run(['decrypt', 'cut.enc', '--out', ...args]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^Error: The envelope was not made with the key .* or was altered or truncated since/,
    );
  }
  expect(readdirSync(operator.directory)).toEqual(before);
  expect(readFileSync(file('there.json'), 'utf8')).toBe('previous');
});

test('decrypt prints what was verified of it, and fails', async () => {
  const envelope = await encryptLarge();
  writeFileSync(file('cut.enc'), envelope.subarray(0, 600_000));
  const { code, stdout, stderr } = await operator.run(['decrypt', 'cut.enc']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^Error: The envelope was not made with the key /);
  expect(stdout.length).toBeGreaterThan(0);
  expect(config.startsWith(stdout)).toBe(true);
});

test('decrypt says what is wrong with its file', async () => {
  const missing = await operator.run(['decrypt', 'missing.enc']);
  expect(missing).toMatchObject({ code: 1, stdout: '' });
  expect(missing.stderr).toBe(
    `Error: ${file('missing.enc')} does not exist: name a file that encrypt made.\n`,
  );
  const folder = await operator.run(['decrypt', operator.directory]);
  expect(folder.code).toBe(1);
  expect(folder.stderr).toMatch(/cannot be read \(E[A-Z]+\): name a file that encrypt made\.$/m);
});
