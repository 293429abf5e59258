import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidSecretError } from '../../secrets/errors.ts';
import { leavesOf } from '../../secrets/leaves.ts';
import type { SecretShape } from '../../secrets/shape.ts';
import { parseSecret } from '../../secrets/value.ts';
import { sampleSchema } from '../support/schema.ts';

const valid = { DB_HOST: '127.0.0.1', DB_PORT: '3306', DB_USER: 'Roberts', DB_PASS: 'Not-A-Secret' };

/** A shape with all that JSON has. */
const api = {
  type: 'object',
  required: ['API_KEY', 'endpoints'],
  additionalProperties: false,
  properties: {
    API_KEY: { type: 'string', minLength: 8, 'x-secret': true },
    retries: { type: 'integer', minimum: 0 },
    endpoints: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        required: ['url'],
        properties: { url: { type: 'string', pattern: '^https://' }, 'a/b': { type: 'number' } },
      },
    },
    regions: { type: 'array', items: { enum: ['eu', 'us'] } },
    tls: { type: 'object', 'x-secret': true, properties: { cert: { type: 'string' } } },
  },
} as const;

function bytesOf(value: unknown): Buffer {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}

async function problemsOf(input: Uint8Array, shape: SecretShape = { schema: sampleSchema }) {
  try {
    await parseSecret(input, shape);
  } catch (error) {
    if (!(error instanceof InvalidSecretError)) throw error;
    expect(error.message).toContain('npx cloud-run-identity put');
    return error.problems;
  }
  return [];
}

describe('a secret in JSON', () => {
  it('is read with or without a byte order mark, and frozen all the way down', async () => {
    const value = await parseSecret(bytesOf(valid), { schema: sampleSchema });
    expect(value).toEqual(valid);
    expect(Object.isFrozen(value)).toBe(true);
    expect(await parseSecret(bytesOf(`\uFEFF${JSON.stringify(valid)}`), {})).toEqual(valid);
    const nested = await parseSecret(bytesOf({ a: [{ b: {} }] }), {});
    expect(Object.isFrozen((nested.a as [{ b: object }])[0].b)).toBe(true);
  });

  it('has the type of its schema', async () => {
    const input = { API_KEY: 'canary-key', endpoints: { pay: { url: 'https://a' } }, regions: ['eu'] };
    const value = await parseSecret(bytesOf(input), { schema: api });
    const typed: {
      readonly API_KEY: string;
      readonly retries?: number | undefined;
      readonly endpoints: { readonly [name: string]: { readonly url: string } };
      readonly regions?: readonly ('eu' | 'us')[] | undefined;
    } = value;
    expect(typed.endpoints.pay?.url).toBe('https://a');
    const text: string = await parseSecret(bytesOf('a token'), { format: 'text' });
    const bytes: Uint8Array = await parseSecret(bytesOf('a token'), { format: 'bytes' });
    const object: Readonly<Record<string, unknown>> = await parseSecret(bytesOf('{}'), {});
    expect([text, bytes, object]).toEqual(['a token', Buffer.from('a token'), {}]);
  });

  it('is refused with every problem at once, by JSON Pointer, with what is allowed', async () => {
    expect(await problemsOf(bytesOf({ DB_HOST: '', DB_PORT: 3306, DB_USERS: 'x', DB_PASS: null }))).toEqual([
      '/DB_USER is missing: a non-empty string',
      '/DB_USERS is not allowed: the schema does not have it',
      '/DB_HOST must be a non-empty string',
      '/DB_PORT must be string, got a number: a string of digits from "1" to "65535"',
      '/DB_PASS must be string, got null: a non-empty string',
    ]);
    const wrong = {
      API_KEY: 'short',
      retries: 1.5,
      endpoints: { pay: {}, 'x y': { url: 'http://a', 'a/b': '' } },
      regions: ['eu', 'moon', 7],
    };
    expect(await problemsOf(bytesOf(wrong), { schema: api })).toEqual([
      '/API_KEY must not have fewer than 8 characters',
      '/retries must be integer, got a number',
      '/endpoints/pay/url is missing',
      '/endpoints/*/url must match pattern "^https://"',
      '/endpoints/*/a~1b must be number, got an empty string',
      '/regions/1 must be equal to one of the allowed values',
      '/regions/2 must be equal to one of the allowed values',
    ]);
  });

  it('has as many problems as there are', async () => {
    const list = { type: 'array', items: { type: 'string' } };
    expect(await problemsOf(bytesOf(Array.from({ length: 50 }, () => 0)), { schema: list })).toHaveLength(50);
  });

  it('accepts ports from 1 to 65535 only', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -10, max: 70_000 }), async (port) => {
        const isPort = port >= 1 && port <= 65_535;
        expect(await problemsOf(bytesOf({ ...valid, DB_PORT: String(port) }))).toHaveLength(isPort ? 0 : 1);
      }),
    );
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
  ])('is not %s, with a schema or without', async (_name, input) => {
    expect(await problemsOf(bytesOf(input))).toHaveLength(1);
    expect(await problemsOf(bytesOf(input), {})).toHaveLength(1);
  });

  it('does not take keys from a prototype', async () => {
    expect((await problemsOf(bytesOf('{"__proto__": {"DB_HOST": "a"}}'))).length).toBeGreaterThan(3);
  });

  it('may be nested deeper than the stack', async () => {
    const deep = `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`;
    expect(Object.keys(await parseSecret(bytesOf(deep), {}))).toEqual(['a']);
  });

  it('is never repeated, however wrong it is', async () => {
    const canary = 'Canary-7f3a';
    const inputs = [
      { ...valid, DB_PASS: [canary] },
      { ...valid, DB_PORT: canary },
      { ...valid, [canary]: 'DB_PASS' },
      { ...valid, DB_HOST: { [canary]: canary } },
      canary,
      `{"DB_PASS": ${canary}}`,
      `{"DB_PASS": "${canary}`,
      `{"DB_PASS": "${canary}", "DB_HOST" "x"}`,
    ];
    for (const input of inputs) {
      const problems = await problemsOf(bytesOf(input));
      expect(problems.length).toBeGreaterThan(0);
      expect(problems.join('\n')).not.toContain(canary);
    }
  });
});

describe('a secret that is text', () => {
  it('is kept as it is, but for a byte order mark', async () => {
    const pem = '-----BEGIN X-----\r\nä\n-----END X-----\n';
    expect(await parseSecret(bytesOf(`\uFEFF${pem}`), { format: 'text' })).toBe(pem);
  });

  it('is refused when it is none, and by a schema', async () => {
    const shape = { format: 'text', schema: { pattern: '^sk-' } } as const;
    expect(await problemsOf(bytesOf('pk-canary'), shape)).toEqual(['the value must match pattern "^sk-"']);
    expect(await problemsOf(Buffer.from([0x7b, 0xff, 0x7d]), shape)).toEqual(['is not UTF-8 text']);
    expect(await problemsOf(bytesOf(''), shape)).toEqual(['is empty: a text is expected']);
  });
});

describe('what is masked', () => {
  const masked = (value: unknown, schema?: object) =>
    leavesOf(value, schema as never).map(({ path, isSecret }) => [path.join('.'), isSecret]);

  it('is what the schema marks, all that is in it, and what it does not declare', () => {
    const value = { tls: { cert: 'x' }, extra: 1, retries: 2, API_KEY: 'k', endpoints: { a: { url: 'u' } } };
    expect(masked(value, api)).toEqual([
      ['API_KEY', true],
      ['retries', false],
      ['endpoints.a.url', false],
      ['tls.cert', true],
      ['extra', true],
    ]);
    expect(masked({ a: [1, { b: null }] })).toEqual([
      ['a.0', true],
      ['a.1.b', true],
    ]);
  });

  it('is the password alone in the sample', () => {
    expect(masked(valid, sampleSchema).filter(([, isSecret]) => isSecret)).toEqual([['DB_PASS', true]]);
  });
});
