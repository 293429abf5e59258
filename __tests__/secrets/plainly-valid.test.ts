import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPlainlyValid } from '../../secrets/plainly-valid.ts';
import { problemsOf } from '../../secrets/problems.ts';

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', 'ß', '👩‍👩‍👧', '\r\n', '\ud800', '5432', '__proto__'),
);
// Not those of Object.prototype, which the validator takes for a value's own.
const name = fc.constantFrom('a', 'b');
const plain = fc.oneof(text, fc.integer({ min: -3, max: 3 }), fc.double(), fc.boolean(), fc.constant(null));
const limit = fc.integer({ min: 0, max: 3 });

const { schema } = fc.letrec<{ schema: object | boolean }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3 },
    fc.boolean(),
    // Three keywords at most, or hardly any value is right.
    fc
      .array(
        fc.oneof(
          fc.record({
            type: fc.constantFrom('object', 'array', 'string', 'number', 'integer', 'boolean', 'null'),
          }),
          fc.record({ enum: fc.array(plain, { minLength: 1, maxLength: 3 }) }),
          fc.record({ const: plain }),
          fc.record({ pattern: fc.constantFrom('\\S', '^\\d+$', '.', '^.$', '\\p{L}') }),
          fc.record({ minLength: limit }),
          fc.record({ maxLength: limit }),
          fc.record({ minimum: limit }),
          fc.record({ maximum: limit }),
          fc.record({ minItems: limit }),
          fc.record({ maxItems: limit }),
          fc.record({ items: tie('schema') }),
          fc.record({ required: fc.uniqueArray(name, { maxLength: 2 }) }),
          fc.record({
            properties: fc.dictionary(name, tie('schema'), { maxKeys: 2, noNullPrototype: true }),
          }),
          fc.record({ additionalProperties: tie('schema') }),
          fc.record({ description: fc.constant('what is allowed') }),
          fc.record({ 'x-secret': fc.constant(true) }),
          fc.record({ not: fc.constant({ type: 'string' }) }),
        ),
        { maxLength: 3 },
      )
      .map((keywords) => Object.assign({}, ...keywords)),
  ),
}));

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    plain,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
}));

test('what is plainly valid has no problem by the validator', () => {
  let found = 0;
  fc.assert(
    fc.property(
      schema.filter((it) => typeof it === 'object'),
      fc.array(value, { minLength: 10, maxLength: 10 }),
      (given, values) => {
        const json = JSON.parse(JSON.stringify({ given, values }));
        const valid = json.values.filter((it: unknown) => isPlainlyValid(json.given, it));
        found += valid.length;
        expect(valid.flatMap((it: unknown) => problemsOf(json.given, it))).toEqual([]);
      },
    ),
    { seed: 20, numRuns: 500 },
  );
  expect(found).toBeGreaterThan(100);
});

test.each<[object, unknown, boolean]>([
  [
    { type: 'object', required: ['A'], properties: { A: { type: 'string', minLength: 1 } } },
    { A: 'ü' },
    true,
  ],
  [{ type: 'object', required: ['A'] }, {}, false],
  [{ properties: { A: { pattern: '^\\d+$' } }, additionalProperties: false }, { A: '5' }, true],
  [{ properties: { A: { pattern: '^\\d+$' } }, additionalProperties: false }, { A: '5', B: 1 }, false],
  [{ properties: {}, additionalProperties: { type: 'number' } }, { B: 1 }, true],
  [{ 'x-secret': true, description: 'a text', type: 'string' }, 'text', true],
  // More than it knows: the validator decides.
  [{ anyOf: [{}] }, 'text', false],
  [{ type: ['string', 'null'] }, 'text', false],
])('%j, %j: %s', (given, it, expected) => {
  expect(isPlainlyValid(given as Record<string, unknown>, it)).toBe(expected);
});
