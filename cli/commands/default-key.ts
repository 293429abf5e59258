import { readStacks } from '../local/stacks.ts';
import { synthesizeTemporarily } from '../local/synthesize-temporarily.ts';

/**
 * The key that the service decrypts with, by the same settings (cdktf.json and environment) that a deployment has:
 * read from what they synthesize to, so that there is one source for it.
 *
 * @param projectDirectory folder of cdktf.json
 * @returns full resource name of the key
 * @throws CommandError with the settings' own message when they are wrong
 */
export async function defaultKey(projectDirectory: string): Promise<string> {
  return readStacks(await synthesizeTemporarily(projectDirectory)).key;
}
