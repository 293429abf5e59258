import { differenceOf, type Review, resourceText, reviewAt } from '@cloud-run-identity/review';
import { CommandError } from '../errors.ts';

/**
 * Makes sure that what is about to be deployed is what was approved: each stack's JSON to the byte.
 *
 * @param approved the review.json that was approved
 * @param outputDirectory folder of what was synthesized now
 * @throws CommandError that names every stack that is another one, and what differs in it
 * @throws ReadError when the file is no review
 */
export function requireApproved(approved: string, outputDirectory: string): void {
  const [before, now] = [reviewAt(approved).review, reviewAt(outputDirectory).review];
  const [digestsBefore, digestsNow] = [digestsOf(before), digestsOf(now)];
  const others = [...new Set([...digestsBefore.keys(), ...digestsNow.keys()])].filter(
    (stack) => digestsBefore.get(stack) !== digestsNow.get(stack),
  );
  if (others.length === 0) return;
  const differing = differenceOf(before, now).resources.filter(({ stack }) => others.includes(stack));
  const lines = [
    ...others.map(
      (stack) =>
        `  ${stack}: approved ${shown(digestsBefore.get(stack))}, now ${shown(digestsNow.get(stack))}`,
    ),
    ...differing.flatMap(resourceText),
  ];
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
