import { type Generation, listGenerations, objectUrl, SecretError } from '@cloud-run-identity/secrets';
import { CommandError } from '../errors.ts';
import { type Io, print, printJson } from '../io.ts';
import { withProgress } from '../output/progress.ts';
import { formatTable } from '../output/table.ts';
import { commandOn, type OpenSecret, openSecret } from '../secret/open.ts';
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
  if (json) printJson(io, named);
  else print(io, formatTable(HEADING, named.map(toRow)));
}

const HEADING = ['GENERATION', 'WHEN', 'WHO', 'BYTES', 'KEY VERSION', 'FINGERPRINT', ''];

/** Adds the writers that only the audit log names; it may be closed to the operator, or empty. */
async function withWriters(secret: OpenSecret, generations: readonly Generation[]): Promise<Generation[]> {
  const oldest = generations.findLast(({ writer }) => writer === undefined);
  if (!oldest) return [...generations];
  const writes = await auditedWrites(secret, oldest.created).catch((error: unknown) => {
    if (error instanceof SecretError) return [];
    throw error;
  });
  return generations.map((one) => ({ ...one, writer: one.writer ?? writerAt(writes, one.created) }));
}

function toRow(generation: Generation): string[] {
  const { keyVersion = 'unknown', writer = 'unknown', copyOf, isLive, rotationOf, reason } = generation;
  const remarks = [
    isLive ? 'current' : '',
    copyOf === undefined ? '' : `copy of ${copyOf}`,
    rotationOf === undefined ? '' : `rotation of ${rotationOf}`,
    reason ?? '',
  ];
  return [
    generation.generation,
    `${generation.created.slice(0, 19).replace('T', ' ')} UTC`,
    writer,
    String(generation.sizeBytes),
    keyVersion.slice(keyVersion.lastIndexOf('/') + 1),
    generation.fingerprint,
    remarks.filter(Boolean).join(', '),
  ];
}
