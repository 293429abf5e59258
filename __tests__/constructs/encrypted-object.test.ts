import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EncryptedObject } from '../../constructs/encrypted-object.ts';
import { EncryptionKey } from '../../constructs/encryption-key.ts';
import { PrivateBucket } from '../../constructs/private-bucket.ts';
import { ServiceIdentity } from '../../constructs/service-identity.ts';
import { only, reference, type Synthesis, synthesize } from './support/synthesize.ts';

const keyId = 'projects/my-project/locations/global/keyRings/ring/cryptoKeys/key';
const ciphertext = 'ciphertext-bytes';

function configObject(fileName: string, prepare: (file: string) => void = () => {}): Synthesis {
  return synthesize((stack, directory) => {
    const encryptedFile = join(directory, fileName);
    mkdirSync(join(encryptedFile, '..'), { recursive: true });
    prepare(encryptedFile);
    const identity = new ServiceIdentity(stack, 'identity', { accountId: 'orders', displayName: 'Orders' });
    const bucket = new PrivateBucket(stack, 'bucket', { name: 'my-secrets', location: 'us-central1' });
    const key = new EncryptionKey(stack, 'key', { keyId });
    const object = new EncryptedObject(stack, 'config', {
      bucket,
      objectName: 'orders.enc',
      key,
      encryptedFile,
    });
    object.uploadAfter(key.grantDecrypt(identity));
    object.uploadAfter(object.grantRead(identity));
  });
}

function encryptWith(kmsKeyVersion: string) {
  return (file: string) => {
    const sha256 = createHash('sha256').update(ciphertext).digest('hex');
    writeFileSync(file, ciphertext);
    writeFileSync(`${file}.meta.json`, JSON.stringify({ kmsKeyVersion, sha256 }));
  };
}

test('the object is ciphertext that Terraform uploads once and leaves alone afterwards', () => {
  const { json } = configObject('config.enc');
  expect(only(json, 'google_storage_bucket_object')).toMatchObject({
    name: 'orders.enc',
    content_type: 'application/octet-stream',
    cache_control: 'no-store',
    lifecycle: { ignore_changes: 'all' },
  });
});

test('its source is relative to the folder of the stack, so that the synthesis holds no machine path', () => {
  const source = (fileName: string) =>
    only(configObject(fileName).json, 'google_storage_bucket_object').source;
  expect(source('config.enc')).toBe(`${reference('path.module')}/../../../config.enc`);
  expect(source(join('a folder', 'b.enc'))).toBe(`${reference('path.module')}/../../../a folder/b.enc`);
});

test('it is uploaded after both grants', () => {
  const { json } = configObject('config.enc');
  const grants = ['google_kms_crypto_key_iam_member', 'google_storage_bucket_iam_member'].flatMap((type) =>
    Object.keys(json.resource[type] ?? {}).map((name) => `${type}.${name}`),
  );
  expect(only(json, 'google_storage_bucket_object').depends_on).toEqual(grants);
  expect(grants).toHaveLength(2);
});

test('a missing file is a warning with the command that makes it, with the key of this service', () => {
  const { json, warnings } = configObject('config.enc');
  expect(warnings[0]).toMatch(new RegExp(` --out \\S*config\\.enc --key ${keyId}$`));
  expect(warnings).toEqual([expect.stringContaining('npx cloud-run-identity encrypt config.json --out ')]);
  expect(warnings[0]).toMatch(/config\.enc does not exist yet/);
  expect(only(json, 'google_storage_bucket_object')).not.toHaveProperty('metadata');
});

test('the key version of the sidecar becomes metadata of the object', () => {
  const version = `${keyId}/cryptoKeyVersions/3`;
  const { json, warnings } = configObject('config.enc', encryptWith(version));
  expect(only(json, 'google_storage_bucket_object').metadata).toEqual({ 'kms-key-version': version });
  expect(warnings).toEqual([]);
});

test('a file of another key is a warning that names both keys and the command', () => {
  const other = `${keyId}-2/cryptoKeyVersions/1`;
  const { warnings } = configObject('config.enc', encryptWith(other));
  expect(warnings).toHaveLength(1);
  for (const part of [other, `decrypts with ${keyId} `, 'npx cloud-run-identity encrypt']) {
    expect(warnings[0]).toContain(part);
  }
});

test('a file that cannot be read is a warning that says what is needed', () => {
  const { warnings } = configObject('config.enc', (file) => mkdirSync(file));
  expect(warnings).toEqual([expect.stringMatching(/config\.enc cannot be read .*Name a readable file/)]);
});

test('what is in the file never reaches the synthesis', () => {
  const synthesis = configObject('config.enc', encryptWith(`${keyId}/cryptoKeyVersions/3`));
  expect(JSON.stringify(synthesis)).not.toContain(ciphertext);
});
