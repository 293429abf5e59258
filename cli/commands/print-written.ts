import { noGeneration, objectUrl } from '@cloud-run-identity/secrets';
import { type Io, print, printJson } from '../io.ts';
import { type Described, inWords } from '../secret/described.ts';
import { commandOn, type OpenSecret } from '../secret/open.ts';
import type { ReadBack, Written } from '../secret/write.ts';

const READ_BACK: Readonly<Record<ReadBack, string>> = {
  plaintext: 'Read back, decrypted and compared.',
  ciphertext: 'Read back and compared as ciphertext: you may not decrypt.',
  none: 'Not read back: you may not read the object.',
};

/**
 * Says what was written in place of what, and how to take it back.
 *
 * @param what names what was stored, such as a key
 */
export function printWritten(
  secret: OpenSecret,
  { generation, keyVersion, replaced, readBack }: Written,
  what: string,
  stored: Described | undefined,
  json: boolean | undefined,
): void {
  const { io, reference } = secret;
  const { bucket, object } = reference;
  const isFirst = replaced === noGeneration;
  if (json) {
    printJson(io, {
      bucket,
      object,
      generation,
      keyVersion,
      ...(!isFirst && { replaced }),
      stored,
      readBack,
    });
    return;
  }
  print(io, `Wrote ${objectUrl(bucket, object, generation)} with ${keyVersion}`);
  print(io, `${what}${stored ? `: ${inWords(stored)}` : ''}. ${READ_BACK[readBack]}`);
  if (isFirst) return;
  print(
    io,
    `It replaces generation ${replaced}, which comes back with: ${commandOn(secret, 'rollback', '--to', replaced)}`,
  );
}

/** Says that nothing was to be done. */
export function printUnchanged(io: Io, message: string, json: boolean | undefined): void {
  if (json) printJson(io, { unchanged: true });
  else print(io, message);
}
