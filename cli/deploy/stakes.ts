import { callGoogle, type GoogleClients, SecretError } from '@cloud-run-identity/secrets';
import { isNoBucket } from './carry-over.ts';
import type { Loss } from './losses.ts';

/** What lives in a bucket of which something would be lost. */
export interface Stake {
  /** The bucket, or the name of a key. */
  readonly name: string;
  /** Generations that live, as `object#generation`. */
  readonly live: readonly string[];
  /** How many generations there are; undefined when that may not be seen, which counts as some. */
  readonly generations: number | undefined;
}

/**
 * Asks the buckets of which something would be lost what lives in them, with the rights of whoever deploys. Needs
 * storage.objects.list.
 */
export async function stakesOf(clients: GoogleClients, losses: readonly Loss[]): Promise<Stake[]> {
  const names = [...new Set(losses.map(({ name }) => name))];
  return Promise.all(names.map((name) => stakeOf(clients, name)));
}

async function stakeOf(clients: GoogleClients, name: string): Promise<Stake> {
  const call = { permission: 'storage.objects.list', bucket: name, object: '' } as const;
  try {
    const [files] = await callGoogle(call, clients.callerEmail, () =>
      clients.storage.bucket(name).getFiles({ versions: true }),
    );
    const live = files
      .filter(({ metadata }) => metadata.timeDeleted === undefined)
      .map((file) => `${file.name}#${file.metadata.generation}`);
    return { name, live, generations: files.length };
  } catch (error) {
    if (isNoBucket(error)) return { name, live: [], generations: 0 };
    if (error instanceof SecretError) return { name, live: [], generations: undefined };
    throw error;
  }
}

/** The losses that really lose something: a bucket that is empty or not there holds no secret. */
export function realLosses(losses: readonly Loss[], stakes: readonly Stake[]): Loss[] {
  return losses.filter(
    ({ kind, name }) => kind === 'key' || stakes.find((stake) => stake.name === name)?.generations !== 0,
  );
}
