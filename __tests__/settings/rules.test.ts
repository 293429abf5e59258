import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { flag, type Rule } from '../../settings/rule.ts';
import * as rules from '../../settings/rules.ts';

const long = (length: number) => 'a'.repeat(length);

const examples: Record<string, { rule: Rule<unknown>; accepted: string[]; refused: string[] }> = {
  'project id': {
    rule: rules.projectIdRule,
    accepted: ['sample-project', 'abc123', long(30), 'example.com:project'],
    refused: [
      '',
      'short',
      long(31),
      '1project',
      'project-',
      'Project',
      'my_project',
      '123456789012',
      'project\n',
    ],
  },
  'service account name': {
    rule: rules.serviceAccountNameRule,
    accepted: ['cloud-run-identity', 'abc123', long(30)],
    refused: ['', 'short', long(31), '1account', 'account-', 'Account', 'a@b.example.com'],
  },
  'service name': {
    rule: rules.serviceNameRule,
    accepted: ['a', 'cloudrun-identity', long(49)],
    refused: ['', long(50), '1service', 'service-', 'Service', 'my_service', 'a\nb'],
  },
  region: {
    rule: rules.regionRule,
    accepted: ['us-central1', 'northamerica-northeast2', 'europe-west12', 'me-central2'],
    refused: ['', 'us', 'global', 'us-central', 'us-central1-a', 'US-CENTRAL1', 'us central1'],
  },
  'key location': {
    rule: rules.keyLocationRule,
    accepted: ['global', 'us', 'europe', 'eur4', 'asia1', 'nam-eur-asia1', 'us-central1'],
    refused: ['', 'Global', 'us-', 'us/keyRings', 'us-central1-a'],
  },
  'key or key ring name': {
    rule: rules.kmsIdRule,
    accepted: ['k', 'cloudrun-secrets', 'Key_1', long(63)],
    refused: ['', long(64), 'a/b', 'a.b', 'schlüssel', 'a b'],
  },
  'bucket name': {
    rule: rules.bucketNameRule,
    accepted: [
      'abc',
      'my-project-cloudrun-identity',
      'a_b',
      '123',
      long(63),
      `${long(63)}.${long(63)}`,
      'secrets.example.com',
    ],
    refused: [
      '',
      'ab',
      long(64),
      `${long(64)}.a`,
      `${long(63)}.`.repeat(4),
      '-abc',
      'abc-',
      '_abc',
      'Abc',
      'a..b',
      'a.-b',
      '192.168.5.4',
      'googbucket',
      'my-google-bucket',
      'my-g00gle-bucket',
      'a/b',
      'abc\n',
    ],
  },
  'object name': {
    rule: rules.objectNameRule,
    accepted: ['config.enc', 'a/b/c', 'a" || true', 'schlüssel', ' ', '$', long(1024), 'ü'.repeat(512)],
    refused: [
      '',
      long(1025),
      'ü'.repeat(513),
      'a\nb',
      'a\r',
      '.',
      '..',
      '.well-known/acme-challenge/x',
      'a/./b',
      'a/..',
      '../a',
      '\ud800',
      `\${x}`,
      '%{x}',
    ],
  },
  'image name': {
    rule: rules.imageNameRule,
    accepted: ['cloudrun-identity', 'a', 'team/app', 'a.b_c__d--e'],
    refused: ['', 'App', '/a', 'a/', 'a:1', 'a@sha256:x', 'a..b', 'a___b', long(129)],
  },
  image: {
    rule: rules.imageRule,
    accepted: [
      'nginx',
      'gcr.io/p/i',
      'localhost:5000/i:1',
      'us-central1-docker.pkg.dev/p/r/i:v1.2',
      `gcr.io/p/i@sha256:${'0'.repeat(64)}`,
      `gcr.io/p/i:1@sha256:${'f'.repeat(64)}`,
    ],
    refused: [
      '',
      'https://gcr.io/p/i',
      'gcr.io/p/I',
      'i:',
      'i:a b',
      'i@sha256:0',
      `i@sha256:${'F'.repeat(64)}`,
      'a/b/',
    ],
  },
  'file path': {
    rule: rules.filePathRule,
    accepted: ['config.enc', '../a b/c.enc', 'C:\\secrets\\config.enc', '/var/config.enc'],
    refused: ['', 'a\0b', 'a\nb', `\${path.module}/x`, '\udc00'],
  },
  boolean: {
    rule: flag,
    accepted: ['true', 'false'],
    refused: ['', 'True', '1', 'yes', 'true '],
  },
};

describe.each(Object.entries(examples))('%s', (_, { rule, accepted, refused }) => {
  test.each(accepted)('%j is accepted', (value) => expect(rule.accepts(value)).toBe(true));
  test.each(refused)('%j is refused', (value) => expect(rule.accepts(value)).toBe(false));
});

test('an accepted object name is a safe literal in an IAM condition and in Terraform', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (name) => {
      if (!rules.objectNameRule.accepts(name)) return;
      const literal = JSON.stringify(name);
      expect(JSON.parse(literal)).toBe(name);
      expect(literal.slice(1, -1)).not.toMatch(/(?<!\\)(\\\\)*"/);
      expect(literal).not.toMatch(/[$%]\{/);
    }),
  );
});
