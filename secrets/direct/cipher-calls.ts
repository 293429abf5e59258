import type { Checked, CipherApi, Received } from '../apis.ts';
import { readJson } from './answers.ts';
import { authorizationHeaders, type Credentials } from './credentials.ts';
import { exchange } from './http.ts';

// 64 KiB in base64, and names: what is longer is no answer to these calls.
const maxAnswerBytes = 256 * 1024;

/**
 * Cloud KMS by its REST API, https://cloud.google.com/kms/docs/reference/rest.
 *
 * @param endpoint base address, such as `https://cloudkms.googleapis.com`
 */
export function directCipher(
  endpoint: string,
  credentials: Credentials,
): Pick<CipherApi, 'encrypt' | 'decrypt'> {
  const call = async (method: string, name: string, body: object) => {
    const headers = await authorizationHeaders(credentials);
    return readJson(
      await exchange({ endpoint, path: `/v1/${encodeURI(name)}:${method}`, headers, body }, maxAnswerBytes),
    );
  };
  return {
    encrypt: async ({ name, plaintext, additionalAuthenticatedData }) => {
      const answer = await call('encrypt', name, {
        ...field('plaintext', plaintext),
        ...field('additionalAuthenticatedData', additionalAuthenticatedData),
      });
      return {
        name: typeof answer.name === 'string' ? answer.name : undefined,
        ciphertext: received(answer.ciphertext, answer.ciphertextCrc32c),
        verifiedPlaintext: answer.verifiedPlaintextCrc32c === true,
        verifiedAdditionalAuthenticatedData: answer.verifiedAdditionalAuthenticatedDataCrc32c === true,
      };
    },
    decrypt: async ({ name, ciphertext, additionalAuthenticatedData }) => {
      const answer = await call('decrypt', name, {
        ...field('ciphertext', ciphertext),
        ...field('additionalAuthenticatedData', additionalAuthenticatedData),
      });
      return {
        plaintext: received(answer.plaintext, answer.plaintextCrc32c),
        usedPrimary: answer.usedPrimary === true,
      };
    },
  };
}

/** Bytes are base64 and Int64Value is text in JSON (https://protobuf.dev/programming-guides/json). */
function field(name: string, data: Checked | undefined): Record<string, string> {
  if (!data) return {};
  const { buffer, byteOffset, length } = data.bytes;
  const base64 = Buffer.from(buffer, byteOffset, length).toString('base64');
  return { [name]: base64, [`${name}Crc32c`]: String(data.crc32c) };
}

function received(data: unknown, checksum: unknown): Received {
  return {
    // Without a field for it: empty.
    bytes: Buffer.from(typeof data === 'string' ? data : '', 'base64'),
    crc32c: checksum === undefined || checksum === null ? undefined : Number(checksum),
  };
}
