import { rename, writeFile } from 'node:fs/promises';
import type { PrincipalClients } from './principal-clients.ts';

/** What the ready file says. Who can read it can be each of the principals. */
export interface ReadyFile {
  readonly url: string;
  readonly projectId: string;
  readonly region: string;
  /** The member that owns the project: one of the principals. */
  readonly owner: string;
  /** The environment of a program that is to be the member: addresses, tokens, the project. */
  readonly principals: Readonly<Record<string, { readonly environment: Readonly<Record<string, string>> }>>;
  /** What each applied stack put out, by its name. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/**
 * Writes a file that tells programs of other languages that the local cloud is ready, and how to use it. It appears
 * whole, so whoever waits for it may read it at once; only its owner may read it.
 */
export async function writeReadyFile(
  file: string,
  contents: Omit<ReadyFile, 'principals'>,
  principals: readonly PrincipalClients[],
): Promise<void> {
  const environments = await Promise.all(
    principals.map(
      async (principal) => [principal.member, { environment: await principal.environment() }] as const,
    ),
  );
  const ready: ReadyFile = { ...contents, principals: Object.fromEntries(environments) };
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, `${JSON.stringify(ready, undefined, 2)}\n`, { mode: 0o600 });
  await rename(temporary, file);
}
