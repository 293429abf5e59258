import { expect, test } from 'vitest';
import {
  type Before,
  formatKeysChanged,
  type KeysChanged,
  keyAges,
  noteChanges,
  parseKeysChanged,
} from '../../secrets/key-ages.ts';

const schema = {
  type: 'object',
  properties: {
    HOST: { type: 'string' },
    PASS: { type: 'string', 'x-max-age': '90d' },
    tls: {
      type: 'object',
      'x-max-age': '26w',
      properties: { 'a/b': { type: 'string', 'x-max-age': '12h' } },
    },
  },
};
const june = new Date('2026-06-01T00:00:00Z');
const then = '2026-01-01T00:00:00Z';
const now = '2026-06-01T00:00:00Z';
const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const value = { HOST: 'h', PASS: 'canary-p', other: 'canary-o', tls: { 'a/b': 'k' } };
const all = (time: string) => ({ '/HOST': time, '/PASS': time, '/tls': time, '/tls/a~1b': time });

test.each<[string, Before, KeysChanged | undefined, object, KeysChanged]>([
  ['the first write', 'nothing', undefined, value, all(now)],
  ['the same again', { plaintext: json(value) }, all(then), value, all(then)],
  [
    'one value',
    { plaintext: json(value) },
    all(then),
    { ...value, PASS: 'q' },
    { ...all(then), '/PASS': now },
  ],
  [
    'a value inside another',
    { plaintext: json(value) },
    all(then),
    { ...value, tls: { 'a/b': 'l' } },
    { ...all(then), '/tls': now, '/tls/a~1b': now },
  ],
  [
    'a value that goes',
    { plaintext: json(value) },
    all(then),
    { ...value, PASS: undefined },
    { ...all(then), '/PASS': null },
  ],
  [
    'a value that comes',
    { plaintext: json({ ...value, PASS: undefined }) },
    { ...all(then), '/PASS': null },
    value,
    { ...all(then), '/PASS': now },
  ],
  ['what the writer may not compare', 'unreadable', all(then), { ...value, PASS: 'q' }, all(then)],
  ['what nobody noted', { plaintext: json(value) }, undefined, { ...value, HOST: 'i' }, { '/HOST': now }],
  ['what was no JSON', { plaintext: Buffer.from('{') }, undefined, value, all(now)],
])('%s: what is noted', (_, before, noted, after, expected) => {
  expect(noteChanges(schema, before, noted, json(after), june)).toEqual(expected);
});

test('names no key that the schema does not, and no value; keeps what others noted', () => {
  expect(noteChanges(undefined, 'nothing', undefined, json(value))).toEqual({});
  expect(noteChanges(undefined, { plaintext: json(value) }, { '/PASS': then }, json(value))).toEqual({
    '/PASS': then,
  });
});

test('notes what may only get so old where there is too much to note', () => {
  const names = Array.from({ length: 200 }, (_, index) => [`A_LONG_NAME_OF_A_KEY_${index}`, {}]);
  const large = { properties: { ...Object.fromEntries(names), PASS: { 'x-max-age': '1d' } } };
  expect(noteChanges(large, 'nothing', undefined, json(value), june)).toEqual({ '/PASS': now });
});

test('survives metadata, whoever wrote it', () => {
  const noted = { '/schlüssel/😀': then, '/PASS': null };
  expect(formatKeysChanged(noted)).toMatch(/^[\x20-\x7e]+$/);
  expect(parseKeysChanged(formatKeysChanged(noted))).toEqual(noted);
  for (const odd of [undefined, '', 'x', '[', 'null', '7']) expect(parseKeysChanged(odd)).toBeUndefined();
  expect(parseKeysChanged('{"/PASS":"soon","/HOST":7,"/X":null}')).toEqual({ '/X': null });
});

test('says how old values are, what is overdue, and what nobody knows', () => {
  const states = (noted: KeysChanged | undefined) =>
    keyAges(schema, noted, june).map(({ pointer, ageSeconds, state }) => [pointer, ageSeconds, state]);
  expect(states({ '/PASS': then, '/tls': then, '/tls/a~1b': '2026-05-31T12:00:00Z' })).toEqual([
    ['/PASS', 151 * 86_400, 'overdue'],
    ['/tls', 151 * 86_400, 'in time'],
    ['/tls/a~1b', 12 * 3600, 'in time'],
  ]);
  expect(states({ '/PASS': null, '/tls': '2027-01-01T00:00:00Z' })).toEqual([
    ['/tls', undefined, 'unknown'],
    ['/tls/a~1b', undefined, 'unknown'],
  ]);
  expect(states(undefined).map(([, , state]) => state)).toEqual(['unknown', 'unknown', 'unknown']);
});

test.each(['90', '90 days', 90, '0d', '-1d', '1y'])('refuses an age of %j', (maxAge) => {
  expect(() => keyAges({ properties: { PASS: { 'x-max-age': maxAge } } }, {})).toThrow(
    /x-max-age of \/PASS is no age.*"90d"/,
  );
});
