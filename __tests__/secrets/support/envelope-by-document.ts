import { createCipheriv, randomBytes } from 'node:crypto';
import { encrypt } from '../../../secrets/cipher.ts';
import type { Scene } from '../../support/scene.ts';

/** What docs/envelope.md calls the inputs. */
export interface EnvelopeInputs {
  readonly dataKey: Uint8Array;
  readonly wrapped: Uint8Array;
  readonly binding: string;
}

/** Makes an envelope of version 1 as docs/envelope.md says, without the code that it describes. */
export function sealVersion1(
  { dataKey, wrapped, binding }: EnvelopeInputs,
  nonce: Uint8Array,
  plaintext: Uint8Array,
): Buffer {
  const header = Buffer.concat([Buffer.from('CRIENV\x00\x01', 'latin1'), uint16(wrapped.length), wrapped]);
  const cipher = createCipheriv('aes-256-gcm', dataKey, nonce);
  cipher.setAAD(Buffer.concat([header, Buffer.from(binding)]));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([header, nonce, ciphertext, cipher.getAuthTag()]);
}

/** The header and the chunks of an envelope of version 2, made as docs/envelope.md says. */
export function sealVersion2(
  { dataKey, wrapped, binding }: EnvelopeInputs,
  noncePrefix: Uint8Array,
  chunkBytes: number,
  plaintext: Uint8Array,
): { header: Buffer; chunks: Buffer[] } {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(chunkBytes);
  const magic = Buffer.from('CRIENV\x00\x02', 'latin1');
  const header = Buffer.concat([magic, size, uint16(wrapped.length), wrapped, noncePrefix]);
  const count = Math.max(1, Math.ceil(plaintext.length / chunkBytes));
  const chunks = Array.from({ length: count }, (_, index) => {
    const end = Buffer.alloc(5);
    end.writeUInt32BE(index);
    end.writeUInt8(index === count - 1 ? 1 : 0, 4);
    const cipher = createCipheriv('aes-256-gcm', dataKey, Buffer.concat([noncePrefix, end]));
    cipher.setAAD(Buffer.concat([header, Buffer.from(binding)]));
    const chunk = plaintext.subarray(index * chunkBytes, (index + 1) * chunkBytes);
    return Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()]);
  });
  return { header, chunks };
}

/** What makes an envelope of the scene's secret by the document alone. */
export async function wrappedInputs({ owner, reference }: Scene): Promise<EnvelopeInputs> {
  const dataKey = randomBytes(32);
  const binding = bindingOf({ reference });
  const additionalAuthenticatedData = Buffer.from(binding);
  const { ciphertext } = await encrypt(owner, reference.key, dataKey, { additionalAuthenticatedData });
  return { dataKey, wrapped: ciphertext, binding };
}

/** What binds an envelope to its object. */
export function bindingOf({ reference }: Pick<Scene, 'reference'>): string {
  return `//storage.googleapis.com/projects/_/buckets/${reference.bucket}/objects/${reference.object}`;
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
