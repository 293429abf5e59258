import {
  type Before,
  type KeysChanged,
  noGeneration,
  noteChanges,
  PermissionDeniedError,
  readObject,
  SecretError,
  unseal,
} from '@cloud-run-identity/secrets';
import type { OpenSecret } from './open.ts';
import { type Shaped, schemaOf } from './shape.ts';

/** What a write replaces, as far as it is known. */
export interface Replaced {
  readonly plaintext?: Uint8Array;
  /** As noted beside it. */
  readonly keysChanged?: KeysChanged | undefined;
}

/** When the values of a config change with a write; a text and bytes have none, and history says when they change. */
export async function changesOf(
  { io, name, format }: Shaped,
  plaintext: Uint8Array,
  replaced: Replaced | 'nothing',
): Promise<KeysChanged | undefined> {
  if (format !== 'json') return undefined;
  const schema = await schemaOf({ io, name, format });
  if (replaced === 'nothing') return noteChanges(schema, replaced, undefined, plaintext);
  const before: Before = replaced.plaintext ? { plaintext: replaced.plaintext } : 'unreadable';
  return noteChanges(schema, before, replaced.keysChanged, plaintext);
}

/** When the values of a config changed that is the first of its object. */
export function firstChanges(secret: Shaped, plaintext: Uint8Array): Promise<KeysChanged | undefined> {
  return changesOf(secret, plaintext, 'nothing');
}

/** Whoever may write need not be allowed to read or to decrypt; what is damaged cannot be compared either. */
export async function readReplaced(
  { clients, reference, format }: OpenSecret,
  generation: string,
): Promise<Replaced | 'nothing'> {
  if (generation === noGeneration) return 'nothing';
  if (format !== 'json') return {};
  const { bucket, object } = reference;
  let found: Replaced = {};
  try {
    const { bytes, keysChanged } = await readObject(clients, bucket, object, generation);
    found = { keysChanged };
    return { keysChanged, plaintext: (await unseal(clients, reference, bytes)).plaintext };
  } catch (error) {
    // A refusal may pass, as grants take a while to come true.
    if (error instanceof PermissionDeniedError) return found;
    if (error instanceof SecretError && !error.retryable) return found;
    throw error;
  }
}
