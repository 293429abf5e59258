import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import { type Checkout, checkout } from './support/checkout.ts';

const keyRing = 'projects/sample-project/locations/global/keyRings/cloudrun-secrets';
const key = `${keyRing}/cryptoKeys/cloudrun-identity`;
const config = { DB_HOST: 'canary-host', DB_PORT: '3306', DB_USER: 'canary-user', DB_PASS: 'canary-pass' };

let cloud: LocalCloud;
let project: Checkout;

beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project' });
  await call('projects/sample-project/locations/global/keyRings?keyRingId=cloudrun-secrets');
  for (const id of ['cloudrun-identity', 'other']) {
    await call(`${keyRing}/cryptoKeys?cryptoKeyId=${id}`, { purpose: 'ENCRYPT_DECRYPT' });
  }
});

beforeEach(async () => {
  project = await checkout();
  await writeFile(file('config.json'), JSON.stringify(config));
});

afterEach(() => project.remove());
afterAll(() => cloud?.close());

async function call(resource: string, body: object = {}): Promise<Record<string, unknown>> {
  const response = await fetch(`${cloud.url}/kms/v1/${resource}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${cloud.tokenFor(cloud.owner)}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}

function file(name: string): string {
  return path.join(project.directory, name);
}

function encrypt(args: readonly string[] = [], { member = cloud.owner, stdin = '', environment = {} } = {}) {
  return project.run(['encrypt', ...args], {
    stdin,
    environment: {
      CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS: `${cloud.url}/`,
      CLOUDSDK_AUTH_ACCESS_TOKEN: cloud.tokenFor(member),
      ...environment,
    },
  }).ended;
}

async function decrypted(name: string, keyName = key): Promise<unknown> {
  const ciphertext = (await readFile(file(name))).toString('base64');
  const { plaintext } = await call(`${keyName}:decrypt`, { ciphertext });
  return JSON.parse(Buffer.from(String(plaintext), 'base64').toString());
}

/** Names and contents of everything beside the sources. */
async function outputs(): Promise<Record<string, string>> {
  const names = (await readdir(project.directory)).filter((name) => /enc|tmp|\.local|cdktf\.out/.test(name));
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(file(name), 'utf8')])),
  );
}

describe('encrypt', () => {
  test('writes the ciphertext and its sidecar, with the key of the settings', async () => {
    const { code, stdout, stderr } = await encrypt();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`Encrypted config.json to config.enc with ${key}/cryptoKeyVersions/1\n`);
    expect(await decrypted('config.enc')).toEqual(config);
    const sha256 = createHash('sha256')
      .update(await readFile(file('config.enc')))
      .digest('hex');
    expect(JSON.parse(await readFile(file('config.enc.meta.json'), 'utf8'))).toEqual({
      kmsKeyVersion: `${key}/cryptoKeyVersions/1`,
      sha256,
      keysChanged: Object.fromEntries(
        Object.keys(config).map((name) => [`/${name}`, expect.stringMatching(/^\d{4}-.*Z$/)]),
      ),
    });
    expect(Object.keys(await outputs()).toSorted()).toEqual(['config.enc', 'config.enc.meta.json']);
  });

  test('follows the settings, reads standard input and writes where it is told', async () => {
    const { code, stdout } = await encrypt(['-', '--out', path.join('new', 'folder', 'x.enc')], {
      stdin: JSON.stringify(config),
      environment: { GCP_KMS_KEYNAME: 'other' },
    });
    expect(code).toBe(0);
    expect(stdout).toContain('/cryptoKeys/other/cryptoKeyVersions/1');
    expect(await decrypted(path.join('new', 'folder', 'x.enc'), `${keyRing}/cryptoKeys/other`)).toEqual(
      config,
    );
    expect(await outputs()).toEqual({});
  });

  test('takes a key by name and then needs no settings', async () => {
    await writeFile(file('cdktf.json'), 'broken');
    const { code } = await encrypt(['--key', `${keyRing}/cryptoKeys/other`]);
    expect(code).toBe(0);
    expect(await decrypted('config.enc', `${keyRing}/cryptoKeys/other`)).toEqual(config);
  });
});

describe('encrypt fails with one clear error and leaves the previous files as they were', () => {
  const previous = { 'config.enc': 'previous', 'config.enc.meta.json': '{}' };

  beforeEach(async () => {
    for (const [name, content] of Object.entries(previous)) await writeFile(file(name), content);
  });

  async function failure(args: readonly string[], options?: Parameters<typeof encrypt>[1]): Promise<string> {
    const { code, stdout, stderr } = await encrypt(args, options);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^Error: /);
    expect(stderr).not.toMatch(/canary|^ +at /m);
    expect(await outputs()).toEqual(previous);
    return stderr;
  }

  test('for a file that is not there', async () => {
    expect(await failure(['missing.json'])).toMatch(/missing\.json does not exist/);
  });

  test.each([
    ['malformed', '{"DB_PASS": "canary-pass"', /not valid JSON/],
    ['without DB_PASS', JSON.stringify({ ...config, DB_PASS: undefined }), /DB_PASS is missing/],
    ['with a number', JSON.stringify({ ...config, DB_PORT: 3306 }), /DB_PORT must be/],
    ['empty', '', /empty/],
  ])('for a config that is %s', async (_, content, message) => {
    await writeFile(file('config.json'), content);
    expect(await failure([])).toMatch(message);
  });

  test('for standard input that is malformed', async () => {
    expect(await failure(['-'], { stdin: '{"DB_PASS": "canary-pass"' })).toMatch(/not valid JSON/);
  });

  test('for somebody who may not encrypt', async () => {
    expect(await failure([], { member: 'user:nobody@example.com' })).toMatch(
      /cloudkms\.cryptoKeyVersions\.useToEncrypt/,
    );
  });

  test('for a key that does not exist', async () => {
    expect(await failure(['--key', `${keyRing}/cryptoKeys/nowhere`])).toMatch(/nowhere/);
  });

  test('for a key name that is none', async () => {
    expect(await failure(['--key', 'my-key'])).toMatch(/"my-key" is not a Cloud KMS key/);
  });

  test('for wrong settings', async () => {
    expect(await failure([], { environment: { GCP_KMS_KEYRING: '?' } })).toMatch(/GCP_KMS_KEYRING/);
  });

  test('for a ciphertext that would overwrite its plaintext', async () => {
    expect(await failure(['config.json', '--out', './config.json'])).toMatch(/overwrite its own plaintext/);
    expect(JSON.parse(await readFile(file('config.json'), 'utf8'))).toEqual(config);
  });

  test.each([
    ['that is a folder', 'folder', 'folder'],
    ['whose sidecar is a folder', 'x', 'x.meta.json'],
    ['in a folder that is a file', path.join('config.json', 'x'), 'folder'],
  ])('for a ciphertext %s', async (_, out, folder) => {
    await mkdir(file(folder));
    const before = await readdir(project.directory);
    expect(await failure(['--out', out])).toMatch(/could not be written/);
    expect(await readdir(project.directory)).toEqual(before);
  });
});
