import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { printFailure } from '../../cli/failure.ts';
import { harmless } from '../../cli/output/harmless.ts';
import type { LocalCloud } from '../../emulator/cloud.ts';
import type { Fault } from '../../emulator/index.ts';
import { leaks } from '../support/canary.ts';
import { damagingWire } from '../support/wire.ts';
import { eachOperator, type Operator } from './secret/support.ts';

let operator: Operator;
let cloud: LocalCloud;
eachOperator((made) => {
  ({ operator, cloud } = made);
});

describe('what was typed in a wrong place is not shown', () => {
  test.each([
    [['set', 'DB_PASS', 'canary-hunter2']],
    [['set', 'DB_PASS', '--canary-hunter2']],
    [['canary-hunter2']],
    [['put', 'a', 'canary-hunter2']],
    [['export', '-', '--form', 'canary-hunter2']],
    [['put', '-', '--encoding', 'canary-hunter2']],
    [['local', 'cloud', '--port', 'canary-hunter2']],
    [['exec', 'canary-hunter2']],
  ])('%j', async (args) => {
    const { code, stdout, stderr } = await operator.runPlainly(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^Error: \S/);
    expect(stderr).not.toContain('canary');
  });

  test('and what does instead is said', async () => {
    const { stderr } = await operator.runPlainly(['set', 'DB_PASS', 'canary-hunter2']);
    expect(stderr).toContain('standard input or a prompt, as in npx cloud-run-identity set DB_PASS < FILE');
    expect((await operator.runPlainly(['exprt'])).stderr).toContain('(Did you mean export?)');
  });
});

describe('errors', () => {
  test('of this program, or of a library, are told by kind and place, without their words', () => {
    const error = Object.assign(new TypeError('canary'), {
      code: 'ERR_INVALID_ARG_VALUE',
      cause: new Error('canary'),
    });
    let written = '';
    const stderr = { write: (text: string) => (written += text) };
    expect(printFailure({ stderr } as never, error, false)).toBe(1);
    expect(written).toMatch(/^Error: this program failed .*\(TypeError ERR_INVALID_ARG_VALUE\)/);
    expect(written).toMatch(/^ +at .*leaks\.test\.ts/m);
    expect(written).not.toContain('canary');
    written = '';
    printFailure({ stderr } as never, 'canary', false);
    printFailure({ stderr } as never, undefined, true);
    expect(written).not.toContain('canary');
  });

  test('are JSON for programs', async () => {
    const missing = await operator.run(['get', '--key', 'NOPE', '--json']);
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(JSON.parse(missing.stderr)).toEqual({
      error: { message: expect.stringMatching(/^The config has no key NOPE/), exitCode: 1 },
    });
    const wrong = await operator.run(['get', '--json', '--canary']);
    expect(JSON.parse(wrong.stderr)).toMatchObject({ error: { exitCode: 2 } });
    expect(wrong.stderr).not.toContain('canary');
  });

  test('of a place that cannot be used say which, without a stack', async () => {
    const { code, stderr } = await operator.run(['export', '/dev/null/x.json']);
    expect(code).toBe(1);
    expect(stderr).not.toMatch(/^ +at /m);
    const port = await operator.runPlainly(['local', 'cloud', '--port', '99999']);
    expect(port).toMatchObject({ code: 2, stderr: expect.stringContaining('up to 65535') });
  });
});

describe('a terminal', () => {
  test('obeys nothing that comes from elsewhere, and hides nothing of it', () => {
    expect(
      harmless(
        'a\u001b]52;c;Y2FuYXJ5\u0007b\u001b]0;title\u0007\u001b[8mhidden\u009b8m\u202ea\u200bb\u{e0041}',
      ),
    ).toBe(
      'a\\u001b]52;c;Y2FuYXJ5\\u0007b\\u001b]0;title\\u0007\\u001b[8mhidden\\u009b8m\\u202ea\\u200bb\\udb40\\udc41',
    );
    const own = '\u001b[32m✓\u001b[39m ä €\t😀\n';
    expect(harmless(own)).toBe(own);
  });

  test('gets what metadata says as text', async () => {
    const wire = await damagingWire(cloud.url, {
      response: (_, body) =>
        Buffer.from(
          body.toString().replaceAll('owner@example.com', 'x\\u001b]52;c;Y2FuYXJ5\\u0007@example.com'),
        ),
    });
    const [table, json] = [
      await operator.run(['history'], { url: wire.url }),
      await operator.run(['history', '--json'], { url: wire.url }),
    ];
    await wire.close();
    for (const { code, stdout } of [table, json]) {
      expect(code).toBe(0);
      expect(stdout).toContain('\\u001b]52;c;Y2FuYXJ5\\u0007@example.com');
      expect(stdout).not.toContain('\u001b');
    }
  });
});

describe('what Google answers in its errors', () => {
  const commands: readonly (readonly string[])[] = [
    ['get'],
    ['put', '-'],
    ['set', 'DB_PASS'],
    ['unset', 'DB_PASS'],
    ['edit'],
    ['rollback'],
    ['history'],
    ['diff'],
    ['exec', '--', process.execPath, '-e', '0'],
    ['rotate-key'],
    ['rotate-key', '--all'],
    ['export', '-'],
    ['export', 'projects/sample-project/secrets/db'],
    ['import', 'projects/sample-project/secrets/db'],
    ['import', 'berglas://bucket/object'],
    ['encrypt', '-', '--out', 'x.enc'],
  ];
  const canary = 'canary-\u001b]52;c;Y2FuYXJ5\u0007';

  test.each([
    ['as an error of its own', 400, JSON.stringify({ error: { code: 400, message: canary } }), true],
    ['as one that no client knows', 418, canary, false],
    ['as something else than was asked for', 200, `<html>${canary}</html>`, false],
    ['as JSON of another shape', 200, JSON.stringify({ canary }), false],
  ])('%s is told as text at most', async (_, status, body, isTold) => {
    const server = createServer((request, response) => {
      request
        .resume()
        .on('end', () => response.writeHead(status, { 'content-type': 'application/json' }).end(body));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const stdin = JSON.stringify({ DB_HOST: 'h', DB_PORT: '1', DB_USER: 'u', DB_PASS: 'secret-value' });
    for (const args of commands) {
      const { code, stdout, stderr } = await operator.run(args, { url, stdin });
      expect([args, code, stderr]).toEqual([args, 1, expect.stringMatching(/^Error: /)]);
      expect([args, stdout, stderr.includes('\u001b')]).toEqual([args, '', false]);
      expect([args, stderr]).toEqual([args, expect.not.stringContaining('secret-value')]);
      // Google's own reason is told, as text; nothing else is.
      if (!isTold) expect([args, stderr]).toEqual([args, expect.not.stringContaining('canary')]);
    }
    server.closeAllConnections();
    server.close();
  });
});

/** A library's or Node's call in a command, and how it comes to throw an error whose words quote the canary. */
interface Thrower {
  readonly call: string;
  readonly args: readonly string[];
  readonly stdin?: string;
  /** Files of the folder that the command runs in. */
  readonly files?: Readonly<Record<string, string>>;
  readonly fault?: Fault;
  readonly environment?: Readonly<Record<string, string>>;
  /** What is told of it, which shows that it was that call. */
  readonly told: RegExp;
  readonly takesNoJson?: boolean;
}

describe('what a library’s error quotes is nowhere', () => {
  const canary = 'Xcanary.Pa55word';
  const answered = (method: string, place: string, status: number): Fault => ({
    method,
    path: place,
    effect: { kind: 'status', status, body: `{"secret": "${canary}` },
  });
  const encrypted = `A: ENC[AES256_GCM,data:${canary},iv:AAAA,tag:AAAA,type:str]`;

  test.each<Thrower>([
    {
      call: 'JSON.parse of input',
      args: ['put', '-'],
      stdin: `{"DB_PASS": ${canary}`,
      told: /not (?:valid )?JSON/,
    },
    { call: 'JSON.parse of a value', args: ['set', 'DB_PASS', '--json'], stdin: canary, told: /JSON/ },
    {
      call: 'JSON.parse of a file',
      args: ['import', 'x.json'],
      files: { 'x.json': `{"A": ${canary}` },
      told: /x\.json/,
    },
    {
      call: 'JSON.parse of a schema',
      args: ['put', '-'],
      stdin: '{}',
      files: { 'schema.json': canary },
      environment: { SECRET_SCHEMA: 'schema.json' },
      told: /The schema .* cannot be read \(SyntaxError\)/,
    },
    {
      call: 'import of a schema',
      args: ['put', '-'],
      stdin: '{}',
      files: { 'schema.mjs': `throw new Error('${canary}')` },
      environment: { SECRET_SCHEMA: 'schema.mjs' },
      told: /The schema .* cannot be read \(Error\)/,
    },
    {
      call: 'the validator’s compilation of a schema',
      args: ['put', '-'],
      stdin: '{"A": "x"}',
      files: { 'schema.json': JSON.stringify({ properties: { A: { pattern: `(${canary}` } } }) },
      environment: { SECRET_SCHEMA: 'schema.json' },
      told: /schema/,
    },
    {
      call: 'YAML',
      args: ['import', 'x.yaml'],
      files: { 'x.yaml': `sops:\n  mac: "${canary}\n: [` },
      told: /x\.yaml is no YAML/,
    },
    {
      call: 'decryption of a value of sops',
      args: ['import', 'x.yaml'],
      files: {
        'x.yaml': `${encrypted}\nsops:\n  mac: ${canary}\n  lastmodified: x\n  gcp_kms: [{resource_id: no-key, enc: ${canary}}]\n`,
      },
      told: /key/,
    },
    {
      call: 'the reader of .env files',
      args: ['import', 'x.env'],
      files: { 'x.env': `A=1\n${canary}\n` },
      told: /line 2/,
    },
    { call: 'decoding of text', args: ['set', 'DB_PASS'], stdin: `${canary}\0`, told: /NUL/ },
    {
      call: 'an argument that spawn refuses',
      args: ['exec', '--', `./no-such-program`, canary],
      told: /no-such-program/,
      takesNoJson: true,
    },
    {
      call: 'a file’s creation',
      args: ['export', 'x.json/y.json'],
      files: { 'x.json': canary },
      told: /x\.json/,
    },
    { call: 'a folder that is read as a file', args: ['put', '.'], told: /^Error: \.|EISDIR|folder/ },
    {
      call: 'decrypt of Cloud KMS',
      args: ['get'],
      fault: answered('POST', '/kms/v1/*:decrypt', 418),
      told: /cloudkms|key/,
    },
    {
      call: 'encrypt of Cloud KMS',
      args: ['set', 'DB_PASS'],
      stdin: '"x"',
      fault: answered('POST', '/kms/v1/*:encrypt', 418),
      told: /cloudkms|key/,
    },
    {
      call: 'a read of Cloud Storage',
      args: ['get'],
      fault: answered('GET', '*', 418),
      told: /storage\.objects|Cloud Storage/,
    },
    {
      call: 'a read of Cloud Storage that is no JSON',
      args: ['history'],
      fault: answered('GET', '/storage/v1/*', 200),
      told: /storage\.objects|Cloud Storage/,
    },
    {
      call: 'a write of Cloud Storage',
      args: ['set', 'DB_PASS'],
      stdin: '"x"',
      fault: answered('POST', '/upload/storage/v1/*', 418),
      told: /storage\.objects|Cloud Storage/,
    },
  ])('of $call', async ({ args, stdin = '', files = {}, fault, environment, told, takesNoJson }) => {
    for (const [name, text] of Object.entries(files)) {
      await writeFile(path.join(operator.directory, name), text);
    }
    if (fault) cloud.faults.add(fault);
    try {
      for (const all of takesNoJson || args.includes('--json') ? [args] : [args, [...args, '--json']]) {
        const options = { stdin, ...(environment && { environment }) };
        const { code, stdout, stderr } = await operator.run(all, options);
        const isJson = all.includes('--json');
        const message = isJson ? JSON.parse(stderr).error.message : stderr;
        expect([all, code === 0, message]).toEqual([all, false, expect.stringMatching(told)]);
        expect([all, leaks(stdout + stderr, { canary })]).toEqual([all, []]);
        expect(stderr).not.toContain('failed in a way that it does not know');
      }
    } finally {
      cloud.faults.clear();
    }
  });

  test('of a line of its own that looks like a place in a program', () => {
    let written = '';
    printFailure(
      { stderr: { write: (text: string) => (written += text) } } as never,
      new Error(`x\n    at ${canary}`),
      false,
    );
    expect(written).toMatch(/^ +at .*leaks\.test\.ts/m);
    expect(written).not.toContain(canary);
  });
});
