import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidArgumentError, InvalidSecretError } from '../../secrets/errors.ts';
import { parseKeyName } from '../../secrets/reference.ts';
import { parseSecret } from '../../secrets/value.ts';
import { leaks } from '../support/canary.ts';
import { runs } from '../support/property-runs.ts';
import { type SampleValue, sampleSchema } from '../support/schema.ts';

const many = runs(500);

const configKeys = ['DB_HOST', 'DB_PORT', 'DB_USER', 'DB_PASS'] as const;

const visible = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => /\S/.test(text));
const validConfig: fc.Arbitrary<SampleValue> = fc.record({
  DB_HOST: visible,
  DB_PORT: fc.integer({ min: 1, max: 65_535 }).map(String),
  DB_USER: visible,
  DB_PASS: fc.string({ minLength: 1, unit: 'grapheme' }),
});

async function parse(bytes: Uint8Array): Promise<unknown> {
  try {
    return await parseSecret(bytes, { schema: sampleSchema });
  } catch (error) {
    return error;
  }
}

describe('parseSecret', () => {
  it('reads back every valid config, whatever the order of its keys and with a byte order mark', async () => {
    await fc.assert(
      fc.asyncProperty(
        validConfig,
        fc.shuffledSubarray([...configKeys], { minLength: configKeys.length }),
        fc.boolean(),
        async (config, order, hasMark) => {
          const json = JSON.stringify(Object.fromEntries(order.map((key) => [key, config[key]])));
          expect(await parse(Buffer.from(`${hasMark ? '\ufeff' : ''}${json}`))).toEqual(config);
        },
      ),
      many,
    );
  });

  it('gives a config or an InvalidSecretError for any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        expect(await parse(bytes)).toBeInstanceOf(InvalidSecretError);
      }),
      many,
    );
  });

  it('refuses any JSON of another shape, and never repeats a value of it', async () => {
    const canary = 'canary-V4lue';
    const value = fc.oneof(
      fc.constant(canary),
      fc.json().map((json) => JSON.parse(json)),
    );
    const object = fc.dictionary(fc.oneof(fc.constantFrom(...configKeys, canary), fc.string()), value);
    await fc.assert(
      fc.asyncProperty(fc.oneof(object, value), fc.nat({ max: 5 }), async (config, cut) => {
        const json = JSON.stringify(config);
        const result = await parse(Buffer.from(json.slice(0, json.length - cut)));
        if (!(result instanceof InvalidSecretError)) return;
        expect(leaks(`${result.stack} ${JSON.stringify(result)}`, { canary })).toEqual([]);
        expect(result.problems.length).toBeGreaterThan(0);
      }),
      many,
    );
  });

  it('names each key that is wrong, and no other', async () => {
    await fc.assert(
      fc.asyncProperty(validConfig, fc.subarray([...configKeys], { minLength: 1 }), async (config, wrong) => {
        const broken = { ...config, ...Object.fromEntries(wrong.map((key) => [key, 0])) };
        const result = await parse(Buffer.from(JSON.stringify(broken)));
        expect(result).toBeInstanceOf(InvalidSecretError);
        const named = (result as InvalidSecretError).problems.map((problem) =>
          problem.split(' ')[0]?.slice(1),
        );
        expect(named.toSorted()).toEqual(wrong.toSorted());
      }),
      many,
    );
  });
});

describe('parseKeyName', () => {
  const project = fc.stringMatching(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/);
  const location = fc.stringMatching(/^[a-z0-9-]{1,63}$/);
  const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,63}$/);
  const keyName = fc.record({ project, location, keyRing: id, cryptoKey: id });

  it('takes every key name apart into the parts that it was made of', () => {
    fc.assert(
      fc.property(keyName, (parts) => {
        const { project, location, keyRing, cryptoKey } = parts;
        const name = `projects/${project}/locations/${location}/keyRings/${keyRing}/cryptoKeys/${cryptoKey}`;
        expect(parseKeyName(name)).toEqual(parts);
      }),
      many,
    );
  });

  it('refuses anything else with an InvalidArgumentError', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc
        .array(fc.oneof(id, fc.constantFrom('projects', 'keyRings', '..', '')), { maxLength: 12 })
        .map((p) => p.join('/')),
    );
    fc.assert(
      fc.property(text, (name) => {
        expect(() => parseKeyName(name)).toThrow(InvalidArgumentError);
      }),
      many,
    );
  });
});
