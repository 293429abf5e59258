import type { CipherApi } from '../../secrets/apis.ts';

/** Stands in for Cloud KMS: it wraps nothing and answers at once, so that what is measured is the envelope alone. */
export const instantKms: CipherApi = {
  callerEmail: async () => undefined,
  encrypt: async ({ name, plaintext }) => ({
    name: `${name}/cryptoKeyVersions/1`,
    ciphertext: { bytes: Buffer.from(plaintext.bytes), crc32c: plaintext.crc32c },
    verifiedPlaintext: true,
    verifiedAdditionalAuthenticatedData: true,
  }),
  decrypt: async ({ ciphertext }) => ({
    plaintext: { bytes: Buffer.from(ciphertext.bytes), crc32c: ciphertext.crc32c },
    usedPrimary: true,
  }),
};

/** Any secret. */
export const reference = {
  bucket: 'bench-bucket',
  object: 'config.enc',
  key: 'projects/bench/locations/global/keyRings/bench/cryptoKeys/bench',
};
