import { once } from 'node:events';
import path from 'node:path';
import { ExitError } from '../errors.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { type Io, spawnWith } from '../io.ts';

/**
 * The command `review`: compares two syntheses. It runs as a process of its own, because what reads the constructs is
 * no part of this program.
 *
 * @param args the arguments of `npm run review --`
 * @throws ExitError with its exit code
 */
export async function runReview(io: Io, args: readonly string[]): Promise<void> {
  const script = path.resolve(import.meta.dirname, '..', '..', 'scripts', 'review.ts');
  const child = spawnWith(io, process.execPath, [script, ...args]);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new ExitError(code ?? EXIT_CODES.failed);
}
