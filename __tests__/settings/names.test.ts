import { formatReference, parseReference } from '@cloud-run-identity/secrets';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { secretVariables } from '../../constructs/secret-variables.ts';
import { bucketNamePattern, keyNamePattern, objectNamePattern } from '../../secrets/reference.ts';
import * as settings from '../../settings/rules.ts';

/** Settings and secrets cannot import each other: what the one lets be deployed, the other has to read. */
const NAMES = {
  bucket: { rule: settings.bucketNameRule, pattern: bucketNamePattern },
  object: { rule: settings.objectNameRule, pattern: objectNamePattern },
  key: { rule: settings.keyIdRule, pattern: keyNamePattern },
};

const key = (project: string) => `projects/${project}/locations/global/keyRings/r/cryptoKeys/k`;

test.each<[keyof typeof NAMES, string]>([
  ['bucket', 'abc'],
  ['bucket', 'a_b-c.example.com'],
  ['bucket', `${'a'.repeat(63)}.${'b'.repeat(63)}`],
  ['object', 'config.enc'],
  ['object', 'team a/ü?key=projects/x [1].enc'],
  ['object', 'ü'.repeat(512)],
  ['key', key('my-project')],
  ['key', key('example.com:my-project')],
  ['key', key('123456789012')],
])('the %s %j may be set and is read', (kind, name) => {
  const { rule, pattern } = NAMES[kind];
  expect([rule.accepts(name), new RegExp(pattern).test(name)]).toEqual([true, true]);
});

test.each<[keyof typeof NAMES, string]>([
  ['bucket', 'ab'],
  ['bucket', 'Abc'],
  ['bucket', 'abc-'],
  ['object', ''],
  ['object', '..'],
  ['object', 'a\nb'],
  ['key', `${key('my-project')}/cryptoKeyVersions/1`],
  ['key', key('My-Project')],
])('the %s %j may neither be set nor is it read', (kind, name) => {
  const { rule, pattern } = NAMES[kind];
  expect([rule.accepts(name), new RegExp(pattern).test(name)]).toEqual([false, false]);
});

test.each(Object.entries(NAMES))('whatever %s may be set is read', (kind, { rule, pattern }) => {
  const part = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{1,30}$/);
  const text =
    kind === 'key' ? part.map(key) : fc.oneof(part, fc.string({ unit: 'grapheme', maxLength: 40 }));
  fc.assert(
    fc.property(text, (name) => {
      if (rule.accepts(name)) expect(name).toMatch(new RegExp(pattern));
    }),
  );
});

test.each(['json', 'text', 'bytes'] as const)(
  'the variable of a secret that is %s is read as it was meant',
  (format) => {
    const bucket = { bucketName: 'my-bucket' };
    const object = {
      bucket,
      objectName: 'a b/?key=projects/x&format=text',
      key: { keyId: key('my-project') },
    };
    const { SECRET_TLS_KEY: variable = '' } = secretVariables([
      { name: 'config', object: object as never },
      { name: 'tls-key', format, object: object as never },
    ]);
    const reference = {
      bucket: 'my-bucket',
      object: object.objectName,
      key: object.key.keyId,
      format,
    };
    expect(parseReference(variable)).toEqual(reference);
    expect(formatReference(reference)).toBe(variable);
  },
);
