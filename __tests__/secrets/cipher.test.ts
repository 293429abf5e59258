import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import type { ConfigApis } from '../../secrets/apis.ts';
import { decrypt, encrypt, maxPlaintextBytes } from '../../secrets/cipher.ts';
import { IntegrityError, InvalidArgumentError, TransferError } from '../../secrets/errors.ts';
import { createScene, type Scene } from '../support/scene.ts';
import {
  type Damage,
  damagingWire,
  flipLastBit,
  flippedLastBit,
  type Wire,
  withField,
} from '../support/wire.ts';
import { transports } from './support/transports.ts';

const plaintext = Buffer.from('{"DB_PASS":"Canary-7f3a"}');
const binding = Buffer.from('gs://bucket/config.enc');
let cloud: LocalCloud;
let scene: Scene;
const wires: Wire[] = [];

beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project' });
  scene = await createScene(cloud);
  await scene.grantDecrypt();
});
afterEach(() => Promise.all(wires.splice(0).map((wire) => wire.close())));
afterAll(() => cloud.close());

describe.each(transports)('$name', ({ open }) => {
  let owner: ConfigApis;
  let service: ConfigApis;
  beforeAll(async () => {
    owner = await open(cloud.url, cloud.tokenFor(cloud.owner));
    service = await open(cloud.url, cloud.tokenFor(scene.member));
  });

  async function ownerBehind(damage: { request?: Damage; response?: Damage }) {
    const wire = await damagingWire(cloud.url, damage);
    wires.push(wire);
    return open(wire.url, cloud.tokenFor(cloud.owner));
  }

  describe('encrypt and decrypt', () => {
    it.each([1, 16, 4096, maxPlaintextBytes])('give back %d bytes', async (size) => {
      const bytes = randomBytes(size);
      const { ciphertext, keyVersion } = await encrypt(owner, scene.reference.key, bytes);
      expect(keyVersion).toBe(`${scene.reference.key}/cryptoKeyVersions/1`);
      expect(ciphertext.includes(bytes.subarray(0, 16)) && size >= 16).toBe(false);
      const decrypted = await decrypt(service, scene.reference.key, ciphertext);
      expect(decrypted.plaintext.equals(bytes)).toBe(true);
      expect(decrypted.usedPrimary).toBe(true);
    });

    it('refuse more than Cloud KMS takes before anything is sent', async () => {
      const nobody = await open('http://127.0.0.1:1', 'none');
      const encrypting = encrypt(nobody, scene.reference.key, Buffer.alloc(maxPlaintextBytes + 1));
      await expect(encrypting).rejects.toThrow(InvalidArgumentError);
      await expect(encrypting).rejects.toThrow('65537 bytes');
    });

    it('refuse a key that is not one, without repeating the plaintext', async () => {
      const failure = await encrypt(owner, 'key', plaintext).catch((error: Error) => error);
      expect(failure).toBeInstanceOf(InvalidArgumentError);
      expect(JSON.stringify([failure, String(failure)])).not.toContain('Canary');
    });

    it('bind a ciphertext to additional authenticated data', async () => {
      const { key } = scene.reference;
      const { ciphertext } = await encrypt(owner, key, plaintext, {
        additionalAuthenticatedData: binding,
      });
      expect((await decrypt(service, key, ciphertext, binding)).plaintext.equals(plaintext)).toBe(true);
      await expect(decrypt(service, key, ciphertext)).rejects.toThrow(IntegrityError);
      await expect(decrypt(service, key, ciphertext, Buffer.from('gs://other'))).rejects.toThrow(
        IntegrityError,
      );
    });

    it('use the given key only, whatever made the ciphertext', async () => {
      const ciphertext = await scene.encrypt('{}', await scene.createKey());
      await expect(decrypt(service, scene.reference.key, ciphertext)).rejects.toThrow(IntegrityError);
    });

    it('refuse every alteration', async () => {
      const { key } = scene.reference;
      const { ciphertext } = await encrypt(owner, key, plaintext);
      for (const altered of [flippedLastBit(ciphertext), ciphertext.subarray(1), Buffer.alloc(0)]) {
        await expect(decrypt(service, key, altered)).rejects.toThrow(IntegrityError);
      }
    });
  });

  it('what was damaged once is sent again', async () => {
    let answers = 0;
    const damageFirst: Damage = (path, body) => {
      if (!path.includes('crypt')) return body;
      answers += 1;
      return answers === 1 ? withField(body, 'ciphertext', flipLastBit) : body;
    };
    const { ciphertext } = await encrypt(
      await ownerBehind({ response: damageFirst }),
      scene.reference.key,
      plaintext,
    );
    expect(answers).toBe(2);
    expect((await decrypt(service, scene.reference.key, ciphertext)).plaintext.equals(plaintext)).toBe(true);
  });

  describe('what is damaged on the way', () => {
    const flip = (field: string): Damage => {
      return (path, body) => (path.includes('crypt') ? withField(body, field, flipLastBit) : body);
    };
    const drop = (field: string): Damage => {
      return (path, body) => (path.includes('crypt') ? withField(body, field, () => undefined) : body);
    };

    it.each([
      ['the plaintext there', { request: flip('plaintext') }],
      ['the ciphertext back', { response: flip('ciphertext') }],
      ['the proof that Cloud KMS checked', { response: drop('verifiedPlaintextCrc32c') }],
      ['the checksum of the ciphertext', { response: drop('ciphertextCrc32c') }],
    ])('is noticed when encrypting: %s', async (_name, damage) => {
      await expect(encrypt(await ownerBehind(damage), scene.reference.key, plaintext)).rejects.toThrow(
        TransferError,
      );
    });

    it.each([
      ['the ciphertext there', { request: flip('ciphertext') }],
      ['the plaintext back', { response: flip('plaintext') }],
      ['the checksum of the plaintext', { response: drop('plaintextCrc32c') }],
      ['the additional data there', { request: flip('additionalAuthenticatedData') }],
    ])('is noticed when decrypting: %s', async (_name, damage) => {
      const { ciphertext } = await encrypt(owner, scene.reference.key, plaintext, {
        additionalAuthenticatedData: binding,
      });
      const decrypting = decrypt(await ownerBehind(damage), scene.reference.key, ciphertext, binding);
      await expect(decrypting).rejects.toThrow(TransferError);
    });
  });
});
