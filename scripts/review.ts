import { Command, CommanderError, Option } from 'commander';
import { differenceOf } from '../review/difference/difference.ts';
import { differenceMarkdownOf } from '../review/difference/markdown.ts';
import { textOf } from '../review/difference/text.ts';
import { currentReview } from './current-review.ts';
import { readReview } from './read-review.ts';

/** Access was widened: not an error, but somebody should look. */
const WIDENED = 3;

/**
 * `npm run review -- --against BEFORE [AFTER]`: what differs between two reviews. Exit codes: 0 no access was widened,
 * 3 access was widened, 1 failed, 2 wrong usage.
 */
const program = new Command('review')
  .description('Shows who gained or lost access, and which resources change, between two syntheses.')
  .argument('[after]', 'a cdktf.out folder or a review.json (default: what the project synthesizes now)')
  .requiredOption('--against <before>', 'a cdktf.out folder or a review.json to compare with')
  .option('--json', 'print JSON')
  .addOption(new Option('--markdown', 'print Markdown for a pull request').conflicts('json'))
  .addHelpText(
    'after',
    '\nExit codes: 0 no access was widened, 3 access was widened, 1 failed, 2 wrong usage.',
  )
  .exitOverride()
  .action(compare);

interface Options {
  readonly against: string;
  readonly json?: true;
  readonly markdown?: true;
}

function compare(after: string | undefined, { against, json, markdown }: Options): void {
  const before = readReview(against);
  const difference = differenceOf(before, after === undefined ? currentReview() : readReview(after));
  const text = markdown ? differenceMarkdownOf(difference) : textOf(difference, process.stdout);
  process.stdout.write(json ? `${JSON.stringify(difference, null, 2)}\n` : text);
  if (difference.widened) process.exitCode = WIDENED;
}

try {
  program.parse();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
