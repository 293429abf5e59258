import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { printFailure } from '../../cli/failure.ts';
import { harmless } from '../../cli/output/harmless.ts';
import type { LocalCloud } from '../../emulator/cloud.ts';
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
