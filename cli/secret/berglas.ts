import { createDecipheriv } from 'node:crypto';
import { callGoogle, decryptWithKey, readObject } from '@cloud-run-identity/secrets';
import { CommandError } from '../errors.ts';
import type { OpenSecret } from './open.ts';

/** `berglas://BUCKET/OBJECT`, with `#GENERATION` where an older one is meant. */
const REFERENCE = /^berglas:\/\/([^/]+)\/([^#]+)(?:#(\d{1,19}))?$/;

/** Custom metadata in which berglas notes the key. */
const KEY_METADATA = 'berglas-kms-key';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Whether a source is a secret of berglas and not a file. */
export function isBerglasReference(source: string): boolean {
  return REFERENCE.test(source);
}

/**
 * Reads a secret of berglas (https://github.com/GoogleCloudPlatform/berglas): base64 of the data key, which Cloud KMS
 * wrapped with the object's name as additional data, a colon, and base64 of nonce, AES-256-GCM ciphertext and tag.
 *
 * @throws CommandError when it is none of berglas, or does not open; SecretError
 */
export async function readBerglas({ clients }: OpenSecret, source: string): Promise<Buffer> {
  const [, bucket = '', object = '', generation] = REFERENCE.exec(source) ?? [];
  const call = { permission: 'storage.objects.get', bucket, object } as const;
  const file = clients.storage.bucket(bucket).file(object, generation === undefined ? {} : { generation });
  const [metadata] = await callGoogle(call, clients.callerEmail, () => file.getMetadata());
  const key = metadata.metadata?.[KEY_METADATA];
  const { bytes } = await readObject(clients, bucket, object, String(metadata.generation));
  const [wrapped = '', sealed = ''] = bytes.toString('latin1').split(':');
  if (typeof key !== 'string' || wrapped === '' || sealed === '') {
    throw new CommandError(
      `${source} is no secret of berglas: it has no metadata ${KEY_METADATA}, or another form.`,
    );
  }
  // The metadata names a version of the key, too.
  const keyName = key.replace(/\/cryptoKeyVersions\/.*$/, '');
  const { plaintext: dataKey } = await decryptWithKey(
    clients,
    keyName,
    Buffer.from(wrapped, 'base64'),
    Buffer.from(object),
  );
  const ciphertext = Buffer.from(sealed, 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', dataKey, ciphertext.subarray(0, NONCE_BYTES));
    decipher.setAuthTag(ciphertext.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(ciphertext.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch (cause) {
    throw new CommandError(`${source} was altered, or its data key is another one's: it does not open.`, {
      cause,
    });
  } finally {
    dataKey.fill(0);
  }
}
