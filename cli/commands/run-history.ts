import {
  type Generation,
  type KeyAge,
  keyAges,
  listGenerations,
  objectUrl,
  SecretError,
} from '@cloud-run-identity/secrets';
import { CommandError } from '../errors.ts';
import { type Io, print, printJson } from '../io.ts';
import { withProgress } from '../output/progress.ts';
import { formatTable } from '../output/table.ts';
import { durationInWords } from '../secret/age-words.ts';
import { commandOn, type OpenSecret, openSecret } from '../secret/open.ts';
import { schemaOf } from '../secret/shape.ts';
import type { Target } from '../secret/target.ts';
import { auditedWrites, writerAt } from '../secret/writers.ts';

/** Arguments of `cloud-run-identity history`. */
export interface RunHistoryOptions extends Target {
  readonly json?: boolean | undefined;
}

/**
 * The command `history`: every generation that the bucket still has. Nothing is decrypted.
 *
 * @throws CommandError when there is none; SecretError
 */
export async function runHistory(io: Io, { json, ...target }: RunHistoryOptions): Promise<void> {
  const secret = await openSecret(io, target);
  const { clients, reference } = secret;
  const generations = await withProgress(io, 'Listing generations', () =>
    listGenerations(clients, reference),
  );
  if (generations.length === 0) {
    throw new CommandError(
      `${objectUrl(reference.bucket, reference.object)} has no generation. Write the first: ${commandOn(secret, 'put', 'FILE')}`,
    );
  }
  const named = await withWriters(secret, generations);
  const live = generations.find(({ isLive }) => isLive);
  const ages = live ? keyAges(await schemaOf(secret), live.keysChanged) : [];
  if (json) {
    printJson(
      io,
      named.map((one) => (one.isLive && ages.length > 0 ? { ...one, ages } : one)),
    );
    return;
  }
  print(io, formatTable(HEADING, named.map(toRow)));
  if (ages.length > 0) print(io, `\n${formatTable(AGE_HEADING, ages.map(toAgeRow))}`);
}

const AGE_HEADING = ['VALUE', 'LAST CHANGED', 'AGE', 'MAY GET', ''];

const HEADING = ['GENERATION', 'WHEN', 'WHO', 'BYTES', 'KEY VERSION', 'FINGERPRINT', ''];

/** A generation and who wrote it. */
interface NamedGeneration extends Generation {
  /** Email: the audited one, else the claimed one. */
  readonly writer: string | undefined;
  readonly writers: {
    /** Email, by the object's metadata, which its writer set. */
    readonly claimed: string | undefined;
    /** Email, by Cloud Audit Logs. */
    readonly audited: string | undefined;
  };
}

/** Adds the writers that the audit log names; it may be closed to the operator, or empty. */
async function withWriters(
  secret: OpenSecret,
  generations: readonly Generation[],
): Promise<NamedGeneration[]> {
  const oldest = generations.at(-1);
  const writes = oldest
    ? await auditedWrites(secret, oldest.created).catch((error: unknown) => {
        if (error instanceof SecretError) return [];
        throw error;
      })
    : [];
  return generations.map((one) => {
    const audited = writerAt(writes, one.created);
    return { ...one, writer: audited ?? one.writer, writers: { claimed: one.writer, audited } };
  });
}

function whoOf({ writers: { claimed, audited } }: NamedGeneration): string {
  if (audited === undefined) return claimed === undefined ? 'unknown' : `${claimed} (claimed)`;
  const isOther = claimed !== undefined && claimed !== audited;
  return isOther ? `${audited} (audited; claimed: ${claimed})` : `${audited} (audited)`;
}

function toRow(generation: NamedGeneration): string[] {
  const { keyVersion = 'unknown', copyOf, isLive, rotationOf, reason } = generation;
  const remarks = [
    isLive ? 'current' : '',
    copyOf === undefined ? '' : `copy of ${copyOf}`,
    rotationOf === undefined ? '' : `rotation of ${rotationOf}`,
    reason ?? '',
  ];
  return [
    generation.generation,
    timeOf(generation.created),
    whoOf(generation),
    String(generation.sizeBytes),
    keyVersion.slice(keyVersion.lastIndexOf('/') + 1),
    generation.fingerprint,
    remarks.filter(Boolean).join(', '),
  ];
}

function toAgeRow({ pointer, changed, ageSeconds, maxAgeSeconds, state }: KeyAge): string[] {
  return [
    pointer || 'the secret',
    changed === undefined ? 'not noted' : timeOf(changed),
    ageSeconds === undefined ? 'unknown' : durationInWords(ageSeconds),
    durationInWords(maxAgeSeconds),
    state === 'overdue' ? 'overdue' : '',
  ];
}

function timeOf(time: string): string {
  return `${time.slice(0, 19).replace('T', ' ')} UTC`;
}
