import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inspectEncryptedFile } from '../../constructs/encrypted-file.ts';

const kmsKeyVersion = 'projects/p/locations/global/keyRings/r/cryptoKeys/k/cryptoKeyVersions/7';
const ciphertext = Buffer.from([0, 255, 10, 36]);
const sha256 = createHash('sha256').update(ciphertext).digest('hex');

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'encrypted-file-'));
  file = join(directory, 'config.enc');
});
afterEach(() => rmSync(directory, { recursive: true }));

test('a missing file is said to be missing, even beside a sidecar', () => {
  writeFileSync(`${file}.meta.json`, JSON.stringify({ kmsKeyVersion, sha256 }));
  expect(inspectEncryptedFile(file)).toEqual({ state: 'missing' });
});

test('a sidecar that describes the file gives its key version', () => {
  writeFileSync(file, ciphertext);
  writeFileSync(`${file}.meta.json`, JSON.stringify({ kmsKeyVersion, sha256 }));
  expect(inspectEncryptedFile(file)).toEqual({ state: 'present', kmsKeyVersion });
});

test.each([
  ['of other bytes', JSON.stringify({ kmsKeyVersion, sha256: 'f'.repeat(64) })],
  ['without a hash', JSON.stringify({ kmsKeyVersion })],
  ['with a key version that is none', JSON.stringify({ kmsKeyVersion: 'projects/p', sha256 })],
  ['with a number as key version', JSON.stringify({ kmsKeyVersion: 7, sha256 })],
  ['that is null', 'null'],
  ['that is not JSON', 'kmsKeyVersion'],
  ['that is empty', ''],
])('a sidecar %s is ignored', (_, sidecar) => {
  writeFileSync(file, ciphertext);
  writeFileSync(`${file}.meta.json`, sidecar);
  expect(inspectEncryptedFile(file)).toEqual({ state: 'present' });
});

test('no sidecar is fine', () => {
  writeFileSync(file, ciphertext);
  expect(inspectEncryptedFile(file)).toEqual({ state: 'present' });
});

test('a folder in the place of the file is unreadable, not missing', () => {
  expect(inspectEncryptedFile(directory)).toEqual({ state: 'unreadable', reason: expect.any(String) });
});
