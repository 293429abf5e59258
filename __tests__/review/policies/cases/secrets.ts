import { writeFileSync } from 'node:fs';
import { GoogleProvider } from '@cdktf/provider-google/lib/provider/index.js';
import { expect } from 'vitest';
import { addResource, resourceOf, type Sample } from '../sample.ts';
import type { PolicyCase } from './policy-case.ts';

/** A fourth variable beside the sample's. */
const variable =
  (name: string, rest: Record<string, unknown>) =>
  ({ service }: Sample) =>
    resourceOf(service).addOverride('template.spec.containers.0.env.3', { name, ...rest });

const named = (name: string, value: string, isSecret: boolean): PolicyCase => ({
  policy: 'secret-not-in-environment',
  title: `${name}=${value}`,
  change: variable(name, { value }),
  found: isSecret ? [`the variable ${name} has a literal value, not shown here`] : [],
});

const shaped = (kind: string, value: string): PolicyCase => ({
  policy: 'secret-not-in-arguments',
  title: kind,
  change: variable('GREETING', { value }),
  found: [`template.spec.containers[0].env[3].value looks like ${kind}, not shown here`],
});

const file = (title: string, content: string | Buffer, ...found: string[]): PolicyCase => ({
  policy: 'secret-encrypted-file',
  title,
  change: ({ encryptedFile }) => writeFileSync(encryptedFile, content),
  found,
});

const config = JSON.stringify({ DB_HOST: 'db', DB_PASS: 'Not-A-Secret' });

export const secretCases: readonly PolicyCase[] = [
  ...[
    'DB_PASS',
    'PGPASSWORD',
    'ADMIN_PWD',
    'API_TOKEN',
    'apiKey',
    'STRIPE_SECRET_KEY',
    'OAUTH_CLIENT_SECRET_2',
  ].map((name) => named(name, 'hunter2', true)),
  ...['COMPASS', 'TOKEN_LIFETIME_SECONDS', 'PASSWORD_FILE', 'KMS_KEY_ID', 'PAGE_VALUES'].map((name) =>
    named(name, 'hunter2', false),
  ),
  named('API_SECRET', 'projects/my-project/secrets/api/versions/1', false),
  named('REQUIRE_PASSWORD', 'true', false),
  {
    policy: 'secret-not-in-environment',
    title: 'a password that Cloud Run takes out of Secret Manager',
    change: variable('DB_PASS', { value_from: { secret_key_ref: { name: 'db-pass', key: 'latest' } } }),
    found: [],
  },
  // Taken apart so that scanners of this repository do not find what looks like credentials.
  shaped('a private key', `-----BEGIN RSA ${'PRIVATE KEY'}-----\nMIIE`),
  shaped('a Google API key', `AIza${'x'.repeat(35)}`),
  shaped('a Google access token', `ya29.${'x'.repeat(40)}`),
  shaped('an AWS access key', `AKIA${'X'.repeat(16)}`),
  shaped('a GitHub token', `ghp_${'x'.repeat(36)}`),
  shaped('a JSON Web Token', `eyJ${'x'.repeat(20)}.eyJ${'x'.repeat(20)}.${'x'.repeat(20)}`),
  shaped('an address with a password in it', `postgres://orders:${'hunter2'}@db:5432/orders`),
  {
    policy: 'secret-not-in-arguments',
    title: 'a credential in a label of another resource',
    change: ({ bucket }) => resourceOf(bucket).addOverride('labels.note', `AIza${'x'.repeat(35)}`),
    found: ['labels.note looks like a Google API key, not shown here'],
  },
  {
    policy: 'secret-not-in-arguments',
    title: 'the credentials of a provider',
    change: ({ stack }) =>
      new GoogleProvider(stack, 'with-credentials', {
        alias: 'other',
        credentials: JSON.stringify({ private_key: `-----BEGIN ${'PRIVATE KEY'}-----` }),
      }),
    found: ['credentials looks like a private key, not shown here'],
  },
  {
    policy: 'secret-not-in-arguments',
    title: 'the content of an object',
    change: ({ stack }) => addResource(stack, 'google_storage_bucket_object', { name: 'a', content: config }),
    found: ['content is written in clear into the state'],
  },
  {
    policy: 'secret-not-in-arguments',
    title: 'a plaintext that Terraform is to encrypt',
    change: ({ stack }) => addResource(stack, 'google_kms_secret_ciphertext', { plaintext: config }),
    found: ['plaintext is written in clear into the state'],
  },
  {
    policy: 'secret-not-in-arguments',
    title: 'addresses and names without a password',
    change: variable('URL', { value: 'https://user@example.com:443/a@b' }),
    found: [],
  },
  file('a plaintext config', config, expect.stringMatching(/^the file .*orders\.enc is JSON in clear$/)),
  file(
    'a plaintext config with a byte order mark',
    `\uFEFF${config}`,
    expect.stringContaining('JSON in clear'),
  ),
  file(
    'a plaintext config in UTF-16',
    Buffer.from(`\uFEFF${config}`, 'utf16le'),
    expect.stringContaining('JSON in clear'),
  ),
  file('a plaintext config cut off', config.slice(0, -1), expect.stringContaining('text in clear')),
  file('a dotenv file', 'DB_PASS=Not-A-Secret\n', expect.stringContaining('text in clear')),
  file('ciphertext', Buffer.from('0a24001f8b5c', 'hex')),
  file('an empty file', ''),
  { policy: 'secret-encrypted-file', title: 'no file yet', change: () => {}, found: [] },
  {
    policy: 'secret-no-plaintext-source',
    title: 'a secret that Terraform decrypts',
    change: ({ stack }) =>
      stack.addOverride('data.google_kms_secret.config', { crypto_key: 'key', ciphertext: 'abc' }),
    found: ['data.google_kms_secret.config puts a secret in clear into the state'],
  },
  {
    policy: 'secret-no-plaintext-source',
    title: 'a data source that tells no secret',
    change: ({ stack }) => stack.addOverride('data.google_project.project', {}),
    found: [],
  },
];
