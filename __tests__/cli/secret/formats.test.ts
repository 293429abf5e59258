import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { eachOperator, type Operator } from './support.ts';

let operator: Operator;
eachOperator((made) => {
  operator = made.operator;
});

const file = (name: string) => path.join(operator.directory, name);
const tls = ['--secret', 'tls', '--format', 'text'];
const blob = ['--secret', 'blob', '--format', 'bytes'];
const values = ['--secret', 'values'];

describe('a secret of text', () => {
  const pem = '-----BEGIN PRIVATE KEY-----\ncanary+MII/\n-----END PRIVATE KEY-----\n';

  test('goes in, is described in numbers, and comes out as it was', async () => {
    writeFileSync(file('key.pem'), pem);
    const put = await operator.run(['put', 'key.pem', ...tls]);
    expect(put).toMatchObject({ code: 0, stderr: '' });
    expect(put.stdout).toMatch(
      /^tls: 66 characters on 3 lines: letters, punctuation, spaces\. Read back, decrypted and compared\.$/m,
    );
    expect(put.stdout).not.toContain('canary');
    expect((await operator.run(['get', ...tls])).stdout).toBe(pem);
    expect(JSON.parse((await operator.run(['get', ...tls, '--json'])).stdout)).toMatchObject({ text: pem });
  });

  test('is a variable of its name for exec, or a private file that is gone afterwards', async () => {
    await operator.run(['put', '-', ...tls], { stdin: pem });
    const print = ['--', process.execPath, '-e', 'process.stdout.write(process.env.TLS)'];
    expect((await operator.run(['exec', ...tls, ...print])).stdout).toBe(pem);
    const program = `const { readFileSync, statSync } = require('node:fs'); const file = process.env.KEY_FILE;
      console.log(JSON.stringify({ file, text: readFileSync(file, 'utf8'), mode: statSync(file).mode & 0o777, tls: process.env.TLS }))`;
    const outcome = await operator.run([
      'exec',
      ...tls,
      '--file',
      'KEY_FILE',
      '--',
      process.execPath,
      '-e',
      program,
    ]);
    const { file: place, text, mode, tls: variable } = JSON.parse(outcome.stdout);
    expect({ text, variable }).toEqual({ text: pem, variable: undefined });
    if (process.platform !== 'win32') expect(mode).toBe(0o600);
    expect(() => readFileSync(place)).toThrow(/ENOENT/);
  });

  test('has no keys, and says so with what does instead', async () => {
    await operator.run(['put', '-', ...tls], { stdin: pem });
    for (const args of [
      ['set', 'A'],
      ['unset', 'A'],
      ['get', '--key', 'A'],
      ['export', '-', '--form', 'env'],
    ]) {
      const { code, stderr } = await operator.run([...args, ...tls], { stdin: 'canary' });
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /The secret tls is text, which has no keys\. .*put FILE .*--secret tls --format text/,
      );
    }
  });

  test('is edited, with comments of its own left alone', async () => {
    await operator.run(['put', '-', ...tls], { stdin: '# canary: mine\nold\n' });
    writeFileSync(
      file('editor.mjs'),
      `import { readFileSync, writeFileSync } from 'node:fs'; const file = process.argv.at(-1);
       writeFileSync(file, readFileSync(file, 'utf8').replace('old', 'new'));`,
    );
    const environment = { EDITOR: `${process.execPath} ${file('editor.mjs')}` };
    expect(await operator.run(['edit', ...tls], { environment })).toMatchObject({ code: 0, stderr: '' });
    expect((await operator.run(['get', ...tls])).stdout).toBe('# canary: mine\nnew\n');
  });

  test('that is not UTF-8 is refused, or converted when that is asked for', async () => {
    const utf16 = Buffer.from(`\uFEFFcanary ä\r\n`, 'utf16le');
    const refused = await operator.run(['put', '-', ...tls], { stdin: utf16 });
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/is UTF-16 text.*--encoding utf-16/),
    });
    expect(await operator.run(['put', '-', ...tls, '--encoding', 'utf-16'], { stdin: utf16 })).toMatchObject({
      code: 0,
    });
    expect((await operator.run(['get', ...tls])).stdout).toBe('canary ä\r\n');
    const latin1 = await operator.run(['put', '-', ...tls], { stdin: Buffer.from('canary \xe4', 'latin1') });
    expect(latin1.stderr).toMatch(/Standard input is not UTF-8 text \(it ends within a character\)/);
    expect(latin1.stderr).not.toContain('canary');
  });
});

describe('a secret of bytes', () => {
  const bytes = Buffer.from([0, 255, 254, 10, 13, 0x1b, 0x80]);

  test('goes in and comes out as it was, and into a file for exec', async () => {
    writeFileSync(file('blob'), bytes);
    expect(await operator.run(['put', 'blob', ...blob])).toMatchObject({ code: 0, stderr: '' });
    await operator.run(['export', 'copy', ...blob]);
    expect(readFileSync(file('copy'))).toEqual(bytes);
    expect(JSON.parse((await operator.run(['get', ...blob, '--json'])).stdout).base64).toBe(
      bytes.toString('base64'),
    );
    const program = [
      '--',
      process.execPath,
      '-e',
      "process.stdout.write(require('fs').readFileSync(process.env.F, 'hex'))",
    ];
    expect((await operator.run(['exec', ...blob, '--file', 'F', ...program])).stdout).toBe(
      bytes.toString('hex'),
    );
    expect((await operator.run(['exec', ...blob, ...program])).stderr).toMatch(/is bytes.*--file NAME/);
    expect((await operator.run(['edit', ...blob])).stderr).toMatch(/is bytes, which no editor takes/);
  });
});

describe('values of a config', () => {
  const nested = { port: 5432, tls: true, hosts: ['a', 'b'], limits: { big: 1 }, none: null, text: 'x' };
  const set = (args: readonly string[], stdin: string) =>
    operator.run(['set', ...args, ...values], { stdin });
  const get = async (key: string) => (await operator.run(['get', '--key', key, ...values])).stdout;

  test('are set and read by JSON pointer, typed with --json', async () => {
    await operator.run(['put', '-', ...values], { stdin: JSON.stringify(nested) });
    expect(await set(['/limits/big', '--json'], '12345678901234567890\n')).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(await set(['/hosts/-'], 'c\n')).toMatchObject({ code: 0 });
    expect(await set(['/a~1b/new'], 'y')).toMatchObject({ code: 0 });
    expect(await set(['text', '--json'], 'false')).toMatchObject({ code: 0 });
    expect(await get('/limits/big')).toBe('12345678901234567890\n');
    expect(await get('/hosts')).toBe('["a","b","c"]\n');
    expect(await get('/a~1b/new')).toBe('y\n');
    expect([await get('text'), await get('none'), await get('port')]).toEqual([
      'false\n',
      'null\n',
      '5432\n',
    ]);
    expect(await operator.run(['unset', '/hosts/1', ...values])).toMatchObject({ code: 0 });
    expect(await get('/hosts')).toBe('["a","c"]\n');
  });

  test('have one form for exec and export: text as it is, everything else as JSON', async () => {
    await operator.run(['put', '-', ...values], { stdin: JSON.stringify(nested) });
    const program =
      'process.stdout.write(JSON.stringify([process.env.port, process.env.tls, process.env.hosts, process.env.limits, process.env.none]))';
    const { stdout } = await operator.run(['exec', ...values, '--', process.execPath, '-e', program]);
    expect(JSON.parse(stdout)).toEqual(['5432', 'true', '["a","b"]', '{"big":1}', 'null']);
    expect((await operator.run(['export', '-', '--form', 'env', ...values])).stdout).toBe(
      `port=5432\ntls=true\nhosts='["a","b"]'\nlimits='{"big":1}'\nnone=null\ntext=x\n`,
    );
  });

  test('that would be lost or changed on the way are refused', async () => {
    await operator.run(['put', '-', ...values], { stdin: JSON.stringify(nested) });
    expect((await set(['port', '--json'], 'canary')).stderr).toMatch(
      /the value of port is read as JSON, and it is none/,
    );
    expect((await set(['/port/x'], 'canary')).stderr).toMatch(/\/port is neither an object nor a list/);
    expect((await set(['/hosts/7'], 'canary')).stderr).toMatch(
      /\/hosts is a list of 2: name one of its places/,
    );
    expect((await set(['/a~2'], 'canary')).stderr).toMatch(/A JSON pointer has ~0 for ~/);
    expect((await set(['text'], 'canary\0')).stderr).toMatch(/The value of text has a NUL character/);
    const twice = await operator.run(['put', '-', ...values], { stdin: '{"a":{"b":"canary","b":"x"}}' });
    expect(twice.stderr).toMatch(/has the key \/a\/b twice/);
    for (const { stderr } of [twice]) expect(stderr).not.toContain('canary');
  });

  test('stay as they are where a program would get something else', async () => {
    await operator.run(['put', '-', ...values], { stdin: '{"A":"canary\\u0000","B":"canary\\ud800"}' });
    const { code, stdout, stderr } = await operator.run([
      'exec',
      ...values,
      '--',
      process.execPath,
      '-e',
      '0',
    ]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^Error: A has a NUL character.*; B has half a surrogate pair.*Nothing was run/);
    expect(stderr).not.toContain('canary');
  });

  test('put of what is there already writes nothing', async () => {
    await operator.run(['put', '-', ...values], { stdin: '{"A":"1"}' });
    const again = await operator.run(['put', '-', ...values], { stdin: '{"A":"1"}' });
    expect(again).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/has exactly that already: nothing was written/),
    });
  });
});

describe('exec', () => {
  const put = (config: object) => operator.run(['put', '-', ...values], { stdin: JSON.stringify(config) });
  const exec = (...args: string[]) => operator.run(['exec', ...values, ...args]);
  const print = (name: string) => [
    '--',
    process.execPath,
    '-e',
    `process.stdout.write(String(process.env.${name}))`,
  ];

  test.each([
    'PATH',
    'Path',
    'LD_PRELOAD',
    'DYLD_INSERT_LIBRARIES',
    'NODE_OPTIONS',
    'BASH_ENV',
    'IFS',
    'BASH_FUNC_x',
  ])('sets %s only when it is named', async (name) => {
    await put({ [name]: '' });
    const refused = await exec('--', process.execPath, '-e', '0');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      new RegExp(`^Error: ${name} would change how programs run.*--allow ${name}`),
    );
    expect((await exec('--prefix', 'APP_', ...print(`APP_${name}`))).stdout).toBe('');
    expect(await exec('--allow', name, '--', process.execPath, '-e', '0')).toMatchObject({ code: 0 });
  });

  test('refuses names that are none', async () => {
    await put({ 'A=B': 'canary', '1': 'canary', é: 'canary' });
    const { stderr } = await exec('--', process.execPath, '-e', '0');
    expect(stderr).toMatch(/^Error: "1", "A=B", "é" cannot name a variable .*--file NAME/);
  });

  test('says what -- is for', async () => {
    const { code, stderr } = await operator.run(['exec', 'node', '--version']);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('come after --') });
  });
});
