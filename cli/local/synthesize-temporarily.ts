import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type SynthesizedStack, type SynthesizeOptions, synthesize } from './synthesize.ts';

/**
 * Synthesizes only to look at the result; nothing is left behind.
 *
 * @param environment variables besides those of this process
 * @param options whether policies count
 * @throws CommandError as synthesize does
 */
export async function synthesizeTemporarily(
  projectDirectory: string,
  environment: Readonly<Record<string, string>> = {},
  options: Pick<SynthesizeOptions, 'ignoresPolicies'> = {},
): Promise<ReadonlyMap<string, SynthesizedStack>> {
  const outputDirectory = await mkdtemp(path.join(os.tmpdir(), 'cloud-run-identity-'));
  try {
    return await synthesize({ projectDirectory, outputDirectory, environment, ...options });
  } finally {
    await rm(outputDirectory, { recursive: true, force: true });
  }
}
