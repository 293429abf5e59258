import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configKeys, isSecret, parseConfig } from '../../secrets/value.ts';
import { InvalidConfigError } from '../../secrets/errors.ts';

const valid = { DB_HOST: '127.0.0.1', DB_PORT: '3306', DB_USER: 'Roberts', DB_PASS: 'Not-A-Secret' };

function bytesOf(value: unknown): Buffer {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}

async function failureOf(input: Uint8Array): Promise<InvalidConfigError> {
  try {
    await parseConfig(input);
  } catch (error) {
    if (error instanceof InvalidConfigError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('parseConfig', () => {
  it('reads the sample, with or without a byte order mark, and freezes it', async () => {
    const config = await parseConfig(bytesOf(valid));
    expect(config).toEqual(valid);
    expect(Object.isFrozen(config)).toBe(true);
    expect(await parseConfig(bytesOf(`\uFEFF${JSON.stringify(valid)}`))).toEqual(valid);
  });

  it('accepts ports from 1 to 65535 only', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -10, max: 70_000 }), async (port) => {
        const input = bytesOf({ ...valid, DB_PORT: String(port) });
        if (port >= 1 && port <= 65_535) expect((await parseConfig(input)).DB_PORT).toBe(String(port));
        else expect((await failureOf(input)).problems).toHaveLength(1);
      }),
    );
    for (const port of ['', '03306', '3306 ', ' 3306', '0x1', '3306.0', '3306\n']) {
      expect((await failureOf(bytesOf({ ...valid, DB_PORT: port }))).problems).toHaveLength(1);
    }
  });

  it('reports every problem at once, by key', async () => {
    const { problems, message } = await failureOf(
      bytesOf({ DB_HOST: '', DB_PORT: 3306, DB_USERS: 'x', DB_PASS: null }),
    );
    expect(problems).toHaveLength(5);
    for (const key of ['DB_HOST', 'DB_PORT', 'DB_USER', 'DB_PASS', 'DB_USERS']) {
      expect(problems.some((problem) => problem.startsWith(`${key} `))).toBe(true);
    }
    expect(message).toContain('DB_USER is missing');
    expect(message).toContain('npx cloud-run-identity encrypt');
  });

  it.each([
    ['nothing', ''],
    ['blanks', ' \n'],
    ['an array', []],
    ['null', 'null'],
    ['a string', '"hunter2"'],
    ['a number', '42'],
    ['truncated JSON', '{"DB_HOST": "127.0.0.1", "DB_PASS": "hunt'],
    ['a trailing comma', '{"DB_HOST": "127.0.0.1",}'],
    ['dotenv', 'DB_PASS=hunter2'],
  ])('refuses %s', async (_name, input) => {
    expect((await failureOf(bytesOf(input))).problems).toHaveLength(1);
  });

  it('refuses text that is not UTF-8', async () => {
    expect((await failureOf(Buffer.from([0x7b, 0xff, 0x7d]))).message).toContain('UTF-8');
  });

  it('does not take keys from a prototype', async () => {
    expect((await failureOf(bytesOf('{"__proto__": {"DB_HOST": "a"}}'))).problems.length).toBeGreaterThan(3);
  });

  it('never repeats a value, however wrong the input', async () => {
    const canary = 'Canary-7f3a';
    const inputs = [
      { ...valid, DB_PASS: [canary] },
      { ...valid, DB_PORT: canary },
      { ...valid, [canary]: 'DB_PASS' },
      canary,
      `{"DB_PASS": ${canary}}`,
      `{"DB_PASS": "${canary}`,
      `{"DB_PASS": "${canary}", "DB_HOST" "x"}`,
    ];
    for (const input of inputs) {
      const failure = await failureOf(bytesOf(input));
      expect(`${failure.stack} ${failure.message} ${failure.problems} ${failure.cause}`).not.toContain(
        canary,
      );
    }
  });

  it('throws nothing but InvalidConfigError', async () => {
    const isRefused = async (input: Uint8Array) => (await failureOf(input)).problems.length > 0;
    await fc.assert(fc.asyncProperty(fc.uint8Array(), isRefused));
    await fc.assert(fc.asyncProperty(fc.json(), (text) => isRefused(bytesOf(text))));
  });
});

describe('isSecret', () => {
  it('is the password alone', () => {
    expect(configKeys.filter(isSecret)).toEqual(['DB_PASS']);
  });
});
