import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../../commands/atomic-write.ts';
import { CommandError } from '../../errors.ts';

/** Where a running local cloud is, for the commands that use it from another process. */
export interface LocalEndpoint {
  readonly url: string;
  readonly projectId: string;
  readonly region: string;
  /** Access token of the project's owner: who has it can be any principal. */
  readonly ownerToken: string;
  readonly owner: string;
}

/** How long the owner's token in the note is valid: for a day's work, and more. */
export const OWNER_TOKEN_SECONDS = 30 * 24 * 60 * 60;

/** Folder of a local cloud's state, below the project's folder. */
export function defaultDataDirectory(projectDirectory: string): string {
  return path.join(projectDirectory, '.local', 'cloud');
}

/** Leaves a note of a running local cloud in its data directory, readable by its owner alone. */
export async function writeEndpoint(dataDirectory: string, endpoint: LocalEndpoint): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify(endpoint, null, 2)}\n`);
  await writeAtomically([{ path: fileIn(dataDirectory), bytes, mode: 0o600 }]);
}

/** Removes the note. */
export async function removeEndpoint(dataDirectory: string): Promise<void> {
  await rm(fileIn(dataDirectory), { force: true });
}

/** The local cloud that left its note in a folder. @throws Error when there is none, or it runs no more */
export async function endpointIn(directory: string): Promise<LocalEndpoint> {
  const endpoint = JSON.parse(await readFile(fileIn(directory), 'utf8')) as LocalEndpoint;
  const { projectId } = (await (await fetch(`${endpoint.url}/local/v1`)).json()) as LocalEndpoint;
  if (projectId === endpoint.projectId) return endpoint;
  throw new Error(`${endpoint.url} is something else`);
}

/**
 * Finds the local cloud that runs with this data directory.
 * @throws CommandError when none does
 */
export async function readEndpoint(dataDirectory: string): Promise<LocalEndpoint> {
  try {
    return await endpointIn(dataDirectory);
  } catch (cause) {
    throw new CommandError(
      `No local cloud runs with the data directory ${dataDirectory}. Start it: npx cloud-run-identity local cloud`,
      {
        cause,
      },
    );
  }
}

function fileIn(dataDirectory: string): string {
  return path.join(dataDirectory, 'endpoint.json');
}
