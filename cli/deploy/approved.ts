import { type Review, reviewAt } from '@cloud-run-identity/review';
import { CommandError } from '../errors.ts';

/**
 * Makes sure that what is about to be deployed is what was approved: each stack's JSON to the byte.
 *
 * @param approved the review.json that was approved
 * @param outputDirectory folder of what was synthesized now
 * @throws CommandError that names every stack that is another one
 * @throws ReadError when the file is no review
 */
export function requireApproved(approved: string, outputDirectory: string): void {
  const before = digestsOf(reviewAt(approved).review);
  const now = digestsOf(reviewAt(outputDirectory).review);
  const others = [...new Set([...before.keys(), ...now.keys()])].filter(
    (stack) => before.get(stack) !== now.get(stack),
  );
  if (others.length === 0) return;
  const lines = others.map(
    (stack) => `  ${stack}: approved ${shown(before.get(stack))}, now ${shown(now.get(stack))}`,
  );
  throw new CommandError(
    `What would be deployed is not what ${approved} approves:\n${lines.join('\n')}\n` +
      'Review it again, and deploy what that review approves: npx cloud-run-identity review --out review',
  );
}

function digestsOf({ digests }: Review): ReadonlyMap<string, string> {
  return new Map(digests.map(({ stack, sha256 }) => [stack, sha256]));
}

function shown(digest: string | undefined): string {
  return digest?.slice(0, 12) ?? 'no such stack';
}
