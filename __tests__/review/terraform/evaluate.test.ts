import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluate } from '../../../review/terraform/evaluate.ts';
import { isUnknown, Unknown, written } from '../../../review/terraform/values.ts';

const NAMES: Readonly<Record<string, unknown>> = {
  list: ['a', 'b', 'c'],
  map: { one: 1, two: 'zwei', nested: { deep: [true] } },
  text: 'secret.enc',
  later: new Unknown(`\${later}`, 'only the deployment tells', { isComputed: true }),
};

/** What stands for names that are not there, in this test. */
const scope = {
  lookUp: (name: string) => ({ value: NAMES[name] ?? new Unknown('', `there is no ${name}`), used: 0 }),
};

const valueIn = (expression: string) => evaluate(`\${${expression}}`, scope);

test.each<[string, unknown]>([
  ['"a"', 'a'],
  ['1 + 2 * 3', 7],
  ['(1 + 2) * 3', 9],
  ['10 - 2 - 3', 5],
  ['-1', -1],
  ['!true || 1 < 2 && "a" == "a"', true],
  ['1 == "1"', false],
  ['true ? "yes" : later', 'yes'],
  ['false ? later : "no"', 'no'],
  ['"\u0024{text}/x"', 'secret.enc/x'],
  ['"\u0024{list}"', ['a', 'b', 'c']],
  ['"a\\"b\\u00e9\\n"', 'a"bé\n'],
  ['"$\u0024{not}"', '\u0024{not}'],
  ['list[1]', 'b'],
  ['list.2', 'c'],
  ['map.nested.deep[0]', true],
  ['map["two"]', 'zwei'],
  ['list[*]', ['a', 'b', 'c']],
  ['[{ a = 1 }, { a = 2 }][*].a', [1, 2]],
  ['[{ a = 1 }, { a = 2 }].*.a', [1, 2]],
  ['{ a = 1, "b" : 2 }', { a: 1, b: 2 }],
  ['[for x in list : upper(x) if x != "b"]', ['A', 'C']],
  ['{ for k, v in { a = 1 } : v => k }', { '1': 'a' }],
  ['join("-", list)', 'a-b-c'],
  ['format("%s:%d%%", "a", 3)', 'a:3%'],
  ['replace("a.b.c", ".", "-")', 'a-b-c'],
  ['replace("abc", "/[ac]/", "x")', 'xbx'],
  ['jsonencode({ b = "<", a = [1, true, null] })', '{"a":[1,true,null],"b":"\\u003c"}'],
  ['jsondecode("{\\"a\\":[1]}").a[0]', 1],
  ['merge({ a = 1 }, { a = 2, b = 3 })', { a: 2, b: 3 }],
  ['sort(["b", "a"])', ['a', 'b']],
  ['toset(["b", "a", "b"])', ['a', 'b']],
  ['flatten([["a"], [["b"]]])', ['a', 'b']],
  ['concat(list, ["d"]...)', undefined],
  ['max([1, 3, 2]...)', 3],
  ['lookup(map, "none", "else")', 'else'],
  ['element(list, 4)', 'b'],
  ['length("añb")', 3],
  ['base64decode("YQ==")', 'a'],
  ['substr("abcdef", 1, 3)', 'bcd'],
  ['trimprefix("serviceAccount:x", "serviceAccount:")', 'x'],
  ['sha1("a")', '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8'],
  [
    'setproduct(["a"], ["x", "y"])',
    [
      ['a', 'x'],
      ['a', 'y'],
    ],
  ],
  ['range(3)', [0, 1, 2]],
  ['coalesce("", null, "a")', 'a'],
  ['title("hello world")', 'Hello World'],
  ['/* a comment */ 1', 1],
  ['try(map.one, 2)', 1],
])('%s is known', (expression, expected) => {
  const value = valueIn(expression);
  if (expected === undefined) expect(isUnknown(value)).toBe(true);
  else expect(value).toEqual(expected);
});

test.each([
  'file("x")',
  'timestamp()',
  'uuid()',
  'templatefile("x", {})',
  'provider::google::x("y")',
  'later == "a"',
  'later ? "a" : "b"',
  'none',
  'map.none',
  'list[9]',
  'upper(later)',
  'try(map.none, "a")',
  '0.1 + 0.2 == 0.3 ? "a" : file("b")',
  '"a" + 1',
  '[for k, v in list : k]',
  'regex("(?P<x>a)", "a").x',
  '<<EOT\na\nEOT',
  '12345678901234567890',
  'a b',
  '"unfinished',
  '1 +',
])('%s is unknown, with a reason', (expression) => {
  const value = valueIn(expression);
  if (!isUnknown(value)) throw new Error(`it is ${JSON.stringify(value)}`);
  expect(value.reason).toMatch(/\S/);
  expect(value.text).toBe(`\${${expression}}`);
});

test('a text keeps what is known around what is not', () => {
  const value = evaluate(`serviceAccount:\${later}-\${text}`, scope);
  expect(isUnknown(value) && [value.text, value.isComputed]).toEqual([
    `serviceAccount:\${later}-secret.enc`,
    true,
  ]);
});

test.each([
  '\u0024{text',
  '\u0024{[}',
  '%{ if true }a',
  'a%{ endif }',
  '%{ if true }a%{ endfor }',
  '%{ while true }a%{ endwhile }',
  '%{ if later }a%{ endif }',
  '%{ for x in later }a%{ endfor }',
  '\u0024{"a\\n%{~ if true }b%{ endif }"}',
  '\u0024{<<EOT\na\n',
  '\u0024{<<-EOT\n  a\n \u0024{<<X\nb\nX\n}\nEOT\n}',
])('%s is not read', (text) => {
  expect(isUnknown(evaluate(text, scope))).toBe(true);
});

test('text that is no template is itself, however deep', () => {
  const text = fc.string({ unit: fc.constantFrom('$', '{', '}', '%', '.', '"', '\\', 'a') });
  const plain = text.filter((value) => !/[$%]\{/.test(value));
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 2 }), plain, (json, value) => {
      const given = { text: value, json: JSON.parse(JSON.stringify(json).replaceAll(/[$%]\{/g, '')) };
      expect(evaluate(given, scope)).toEqual(JSON.parse(JSON.stringify(given).normalize('NFC')));
    }),
  );
});

test('what is written down of a literal text is a template that gives the same text', () => {
  const text = fc.string({ unit: fc.constantFrom('$', '{', '}', '%', 'a') });
  fc.assert(
    fc.property(text, (value) => {
      const again = evaluate(written(value), scope);
      // A dollar sign right before an escaped one is read by nobody alike.
      fc.pre(!/\$\$\{|%%\{/.test(value));
      expect(again).toBe(value);
    }),
  );
});

test('an expression without an end of nesting ends', () => {
  expect(isUnknown(valueIn(`${'('.repeat(100_000)}1`))).toBe(true);
  expect(isUnknown(valueIn(`${'!'.repeat(100_000)}true`))).toBe(true);
  expect(isUnknown(valueIn(`${'['.repeat(100_000)}`))).toBe(true);
});
