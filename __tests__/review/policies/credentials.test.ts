import fc from 'fast-check';
import { expect, test } from 'vitest';
import { credentialsIn, looksLikeSecretName, withoutCredentials } from '../../../review/facts/credentials.ts';

test('a credential is found however deep it lies, and never shown', () => {
  const key = `AIza${'x'.repeat(35)}`;
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constant('list'), fc.stringMatching(/^[a-z_]{1,8}$/))), (path) => {
      const value = path.reduceRight<unknown>(
        (inner, name) => (name === 'list' ? [inner] : { [name]: inner }),
        `before ${key} after`,
      );
      const found = credentialsIn(value);
      expect(found).toHaveLength(1);
      expect(found[0]?.kind).toBe('a Google API key');
      expect(JSON.stringify(found)).not.toContain(key);
    }),
  );
});

test('resource names and numbers are no credentials', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^projects\/[a-z0-9-]{6,30}\/[a-zA-Z]{4,20}\/[a-z0-9-]{1,60}$/), (name) => {
      expect(credentialsIn({ name, count: 3, on: true, nothing: null })).toEqual([]);
    }),
  );
});

test('a name is judged the same in every way of writing it', () => {
  for (const name of ['CLIENT_SECRET', 'client_secret', 'clientSecret', 'client-secret', 'client.secret']) {
    expect(looksLikeSecretName(name)).toBe(true);
  }
  for (const name of ['CLIENT_SECRET_NAME', 'clientSecretName', 'secretariat']) {
    expect(looksLikeSecretName(name)).toBe(false);
  }
});

test('what looks like a credential is left out, by its form or by its name, and nothing else', () => {
  const key = '-----BEGIN PRIVATE KEY-----\nMIIE…';
  const container = {
    image: 'example.com/app:1',
    args: ['--key', key],
    env: [
      { name: 'DB_PASSWORD', value: 'canary' },
      { name: 'BUCKET_NAME', value: 'bucket' },
    ],
  };
  const cleaned = withoutCredentials({ api_key: 'canary', containers: [container] });
  expect(cleaned).toEqual({
    api_key: '(left out: by its name, a secret)',
    containers: [
      {
        image: 'example.com/app:1',
        args: ['--key', '(left out: a private key)'],
        env: [
          { name: 'DB_PASSWORD', value: '(left out: by its name, a secret)' },
          { name: 'BUCKET_NAME', value: 'bucket' },
        ],
      },
    ],
  });
});
