import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type SynthesizedStack, synthesize } from './synthesize.ts';

/**
 * Synthesizes only to look at the result; nothing is left behind.
 *
 * @param environment variables besides those of this process
 * @throws CommandError as synthesize does
 */
export async function synthesizeTemporarily(
  projectDirectory: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<ReadonlyMap<string, SynthesizedStack>> {
  const outputDirectory = await mkdtemp(path.join(os.tmpdir(), 'cloud-run-identity-'));
  try {
    return await synthesize({ projectDirectory, outputDirectory, environment });
  } finally {
    await rm(outputDirectory, { recursive: true, force: true });
  }
}
