import { noGeneration, objectUrl } from '@cloud-run-identity/secrets';
import { type Io, print, printJson } from '../io.ts';
import { type Described, inWords } from '../secret/described.ts';
import { commandOn, type OpenSecret } from '../secret/open.ts';
import type { ReadBack, Written } from '../secret/write.ts';

/** What a command wrote, of which secret. */
export interface WrittenSecret extends Pick<Written, 'generation' | 'replaced'> {
  readonly secret: OpenSecret;
}

const READ_BACK: Readonly<Record<ReadBack, string>> = {
  plaintext: 'Read back, decrypted and compared.',
  ciphertext: 'Read back and compared as ciphertext: you may not decrypt.',
  none: 'Not read back: you may not read the object.',
};

/**
 * Says what was written in place of what, and how to take it back.
 *
 * @param what names what was stored, such as a key
 * @returns what was written
 */
export function printWritten(
  secret: OpenSecret,
  written: Written,
  what: string,
  stored: Described | undefined,
  json: boolean | undefined,
): WrittenSecret {
  const { generation, keyVersion, replaced, readBack } = written;
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
    return { secret, generation, replaced };
  }
  print(io, `Wrote ${objectUrl(bucket, object, generation)} with ${keyVersion}`);
  print(io, `${what}${stored ? `: ${inWords(stored)}` : ''}. ${READ_BACK[readBack]}`);
  if (!isFirst) {
    const rollback = commandOn(secret, 'rollback', '--to', replaced);
    print(io, `It replaces generation ${replaced}, which comes back with: ${rollback}`);
  }
  return { secret, generation, replaced };
}

/** Says that nothing was to be done. */
export function printUnchanged(io: Io, message: string, json: boolean | undefined): undefined {
  if (json) printJson(io, { unchanged: true });
  else print(io, message);
}
