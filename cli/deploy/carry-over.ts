import {
  ApiDisabledError,
  type Generation,
  type GoogleClients,
  isEnvelope,
  listGenerations,
  NotFoundError,
  objectUrl,
  quoteWords,
  readObject,
} from '@cloud-run-identity/secrets';
import { commandFor } from '../advice.ts';
import { CommandError } from '../errors.ts';
import { isNewest, type Newest, readNewest } from '../secret/newest.ts';
import { fingerprintOfFile, writeEncryptedFile } from './encrypted-file.ts';
import type { Upload } from './losses.ts';
import type { DeployedSecret } from './secrets.ts';

/** Where a secret lives or lived. */
interface Place {
  readonly bucket: string;
  readonly object: string;
}

/** A generation, and where it is. */
interface Found extends Generation {
  readonly place: Place;
}

/** What an upload will be made from. */
export interface Carried {
  readonly secret: DeployedSecret;
  /**
   * `first`: no config ever lived, the file is the first; `same`: the file is the newest config already; `carried`: it
   * is now, its ciphertext was fetched.
   */
  readonly state: 'first' | 'same' | 'carried';
  /** The newest config, as `gs://bucket/object#generation`; absent for the first. */
  readonly from?: string;
  /** The same, for the key to remember. */
  readonly newest?: Newest;
  /** Where the file is kept that was there before. */
  readonly kept?: string | undefined;
}

/**
 * Sees to it that an upload brings the newest config that ever lived, and no older one: fetches its ciphertext into the
 * file that is uploaded. Nothing is decrypted.
 *
 * @throws CommandError when the newest config is nowhere, or cannot be used where it is to go; SecretError
 */
export async function carryOver(clients: GoogleClients, { secret, before }: Upload): Promise<Carried> {
  const [newest, found] = await Promise.all([
    notedNewest(clients, secret),
    newestGeneration(clients, [secret, ...(before ? [before] : [])]),
  ]);
  const own = await fingerprintOfFile(secret.file);
  if (!found || (newest && !isNewest(found, newest))) {
    if (!newest) return { secret, state: 'first' };
    if (own === newest.fingerprint) return { secret, state: 'same', from: `generation ${newest.generation}` };
    throw lost(secret, newest, found);
  }
  const from = objectUrl(found.place.bucket, found.place.object, found.generation);
  const carried = { secret, from, newest: { generation: found.generation, fingerprint: found.fingerprint } };
  if (own === found.fingerprint) return { ...carried, state: 'same' };
  const stored = await readObject(clients, found.place.bucket, found.place.object, found.generation);
  assertUsable(secret, found, stored.bytes, stored.keyVersion);
  return { ...carried, state: 'carried', kept: await writeEncryptedFile(secret.file, stored) };
}

/** Whether Google refused because an API is off, or not active yet: then nobody knows what there is. */
export function isApiOff(error: unknown): boolean {
  return error instanceof ApiDisabledError;
}

/** What the key remembers; nothing when there is no key yet. */
export async function notedNewest(
  clients: GoogleClients,
  secret: Pick<DeployedSecret, 'object' | 'key'>,
): Promise<Newest | undefined> {
  try {
    return await readNewest(clients, secret);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/** The newest generation that is live somewhere; else the newest that a bucket keeps. */
export async function newestGeneration(
  clients: GoogleClients,
  places: readonly Place[],
): Promise<Found | undefined> {
  const distinct = new Map(places.map(({ bucket, object }) => [`${bucket}/${object}`, { bucket, object }]));
  const all = await Promise.all([...distinct.values()].map((place) => generationsAt(clients, place)));
  const sorted = all.flat().toSorted((a, b) => (BigInt(a.generation) < BigInt(b.generation) ? 1 : -1));
  return sorted.find(({ isLive }) => isLive) ?? sorted[0];
}

async function generationsAt(clients: GoogleClients, place: Place): Promise<Found[]> {
  try {
    return (await listGenerations(clients, place)).map((generation) => ({ ...generation, place }));
  } catch (error) {
    if (isNoBucket(error)) return [];
    throw error;
  }
}

/** Whether a listing failed because there is no bucket, and not because it may not be seen. */
export function isNoBucket(error: unknown): boolean {
  return error instanceof NotFoundError && error.kind === 'bucket';
}

function lost(secret: DeployedSecret, newest: Newest, found: Found | undefined): CommandError {
  const { bucket, object, file } = secret;
  const url = objectUrl(bucket, object);
  const left = found
    ? `The newest that is left is ${urlOf(found)}, which is older.`
    : 'Neither it nor any other is left.';
  const restore = ['gcloud', 'storage', 'restore', objectUrl(bucket, object, newest.generation)];
  return new CommandError(
    `The newest config of ${url} is generation ${newest.generation} (fingerprint ${newest.fingerprint}), ` +
      `by a label of its key, and it is not to be had. ${left} ${file} is another one, and an older config is never uploaded. ` +
      'Nothing was changed. Restore what was deleted, which is possible for as long as soft delete keeps it, and deploy again:\n' +
      `  ${quoteWords(restore)}\n` +
      'Where it is gone for good, encrypt the right config and say that its file is the newest:\n' +
      `  ${encryptCommand(secret, 'PLAINTEXT')}\n  ${newestCommand(secret)}`,
  );
}

/** @throws CommandError when the service could not use what is carried over */
function assertUsable(
  secret: DeployedSecret,
  found: Found,
  bytes: Uint8Array,
  keyVersion: string | undefined,
): void {
  const to = objectUrl(secret.bucket, secret.object);
  const again = (key: string) =>
    `${commandFor({ ...found.place, key }, 'get')} | ${encryptCommand(secret, '-')}\n  ${newestCommand(secret)}`;
  if (isEnvelope(bytes) && objectUrl(found.place.bucket, found.place.object) !== to) {
    throw new CommandError(
      `${urlOf(found)} is an envelope, which is bound to its bucket and object: moved to ${to} it would not open. ` +
        `Nothing was changed. Keep the name, or encrypt it for its new place:\n  ${again(secret.key)}`,
    );
  }
  if (keyVersion !== undefined && !keyVersion.startsWith(`${secret.key}/`)) {
    const key = keyVersion.replace(/\/cryptoKeyVersions\/\d+$/, '');
    throw new CommandError(
      `${urlOf(found)} is encrypted with ${keyVersion}, and the service is to decrypt with ${secret.key}: it would not start. ` +
        `Nothing was changed. Encrypt it with the new key:\n  ${again(key)}`,
    );
  }
}

function urlOf({ place, generation }: Found): string {
  return objectUrl(place.bucket, place.object, generation);
}

/** The command that makes a secret's file from a plaintext. */
export function encryptCommand(
  { key, file, bucket, object, format }: DeployedSecret,
  source: string,
): string {
  return commandFor({ bucket, object, key, format }, 'encrypt', source, '--out', file);
}

function newestCommand({ bucket, object }: DeployedSecret): string {
  return `npx cloud-run-identity ${quoteWords(['deploy', '--newest', `${bucket}/${object}`])}`;
}
