import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../../secrets/errors.ts';
import { bucketNamePattern, objectNamePattern, objectUrl, parseKeyName } from '../../secrets/reference.ts';

describe('parseKeyName', () => {
  it('splits a full name', () => {
    expect(parseKeyName('projects/sample-project/locations/global/keyRings/ring/cryptoKeys/Key_1')).toEqual({
      project: 'sample-project',
      location: 'global',
      keyRing: 'ring',
      cryptoKey: 'Key_1',
    });
  });

  it('keeps the domain of a domain-scoped project', () => {
    const { project } = parseKeyName('projects/example.com:app/locations/eu/keyRings/r/cryptoKeys/k');
    expect(project).toBe('example.com:app');
  });

  it.each([
    'key',
    'projects/p/locations/global/keyRings/ring',
    'projects/p/locations/global/keyRings/ring/cryptoKeys/k/cryptoKeyVersions/1',
    'projects/p/locations/global/keyRings/ring/cryptoKeys/../k',
    '/projects/p/locations/global/keyRings/ring/cryptoKeys/k',
    'projects//locations/global/keyRings/ring/cryptoKeys/k',
    'projects/p/locations/global/keyRings/ring/cryptoKeys/k\n',
  ])('refuses %j, saying what is allowed', (name) => {
    expect(() => parseKeyName(name)).toThrow(InvalidArgumentError);
    expect(() => parseKeyName(name)).toThrow(
      'projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY',
    );
  });
});

describe('name patterns', () => {
  it.each([
    ['sample-project-cloudrun-identity', true],
    ['a.b-c_d', true],
    ['ab', false],
    ['Bucket', false],
    ['-bucket', false],
    ['bucket-', false],
    ['gs://bucket', false],
    ['a'.repeat(64), false],
  ])('bucket %s: %s', (name, isAllowed) => {
    expect(new RegExp(bucketNamePattern).test(name)).toBe(isAllowed);
  });

  it.each([
    ['config.enc', true],
    ['team a/config.enc', true],
    ['', false],
    ['..', false],
    ['a\nb', false],
    ['a'.repeat(1025), false],
  ])('object %j: %s', (name, isAllowed) => {
    expect(new RegExp(objectNamePattern).test(name)).toBe(isAllowed);
  });
});

describe('objectUrl', () => {
  it('names the generation where there is one', () => {
    expect(objectUrl('b', 'o')).toBe('gs://b/o');
    expect(objectUrl('b', 'o', '12')).toBe('gs://b/o#12');
  });
});
