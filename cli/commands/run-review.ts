import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/**
 * The command `review`: compares two syntheses. It runs as a process of its own, because what reads the constructs is
 * no part of this program.
 *
 * @param args the arguments of `npm run review --`
 * @returns its exit code
 */
export async function runReview(projectDirectory: string, args: readonly string[]): Promise<number> {
  const script = path.join(projectDirectory, 'scripts', 'review.ts');
  const child = spawn(process.execPath, [script, ...args], { stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
}
