import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  differenceMarkdownOf,
  differenceOf,
  differenceTextOf,
  jsonOf,
  markdownOf,
  type Review,
  type ReviewDifference,
  type ReviewResult,
  reviewAt,
  reviewPlan,
  reviewTextOf,
  sarifLog,
  writeReview,
} from '@cloud-run-identity/review';
import { ExitError } from '../errors.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { type Io, pathOf, printJson } from '../io.ts';

/** Arguments of `cloud-run-identity review`. */
export interface RunReviewOptions {
  /** Folder or file of Terraform JSON. @default what the project synthesizes now */
  readonly place?: string | undefined;
  /** What to compare with. */
  readonly against?: string | undefined;
  /** JSON of a saved plan, in the place of a folder. */
  readonly plan?: string | undefined;
  readonly json?: boolean | undefined;
  readonly markdown?: boolean | undefined;
  /** File for SARIF. */
  readonly sarif?: string | undefined;
  /** Folder for the whole report. */
  readonly out?: string | undefined;
  readonly strict?: boolean | undefined;
  /** Full names of services that are meant to be public. */
  readonly public?: readonly string[] | undefined;
  /** Folder with the code that makes the constructs. */
  readonly sources?: string | undefined;
}

/** Access was widened: not an error, but somebody should look. */
const WIDENED = 3;

/**
 * The command `review`: who can do what by what is about to be deployed, or who gains and loses access against an
 * earlier state of it.
 *
 * @throws ExitError with 3 when access was widened, 4 when a policy does not hold
 */
export async function runReview(io: Io, options: RunReviewOptions): Promise<void> {
  const { review, results, before } = await reviewed(io, options);
  const difference = before && differenceOf(before, review);
  if (options.sarif !== undefined) {
    const file = pathOf(io, options.sarif);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(sarifLog(results), null, 2)}\n`);
  }
  if (options.out !== undefined) writeReview(review, pathOf(io, options.out));
  printReview(io, options, review, difference);
  if (difference?.widened) throw new ExitError(WIDENED);
  if (difference === undefined && isViolated(review)) throw new ExitError(EXIT_CODES.found);
}

function isViolated({ policies }: Review): boolean {
  const findings = policies.flatMap((policy) => policy.findings);
  return findings.some(({ severity, exception }) => severity === 'error' && exception === null);
}

interface Reviewed extends ReviewResult {
  /** What it is compared with. */
  readonly before: Review | undefined;
}

async function reviewed(io: Io, options: RunReviewOptions): Promise<Reviewed> {
  const { place, plan, against, strict, sources } = options;
  const shared = {
    strict,
    publicServices: options.public,
    root: io.cwd,
    sources: sources === undefined ? undefined : pathOf(io, sources),
  };
  const before = against === undefined ? undefined : reviewAt(pathOf(io, against), shared).review;
  if (plan !== undefined) {
    const found = reviewPlan(pathOf(io, plan), shared);
    return { ...found, before: before ?? found.before };
  }
  if (place !== undefined) return { ...reviewAt(pathOf(io, place), shared), before };
  return { ...(await reviewNow(io, shared)), before };
}

/** What the project synthesizes now: a folder of an earlier synthesis may be older than the change to look at. */
async function reviewNow(io: Io, options: Parameters<typeof reviewAt>[1]): Promise<ReviewResult> {
  const [{ projectDirectoryOf }, { synthesize }] = await Promise.all([
    import('../project-directory.ts'),
    import('../local/synthesize.ts'),
  ]);
  // Without links: the app names its files from where it really lies.
  const project = realpathSync(projectDirectoryOf(io));
  const outputDirectory = realpathSync(mkdtempSync(path.join(tmpdir(), 'review-')));
  try {
    await synthesize({
      projectDirectory: project,
      outputDirectory,
      environment: io.environment,
    });
    const { review, results } = reviewAt(outputDirectory, { ...options, project });
    // The app that was just synthesized knows more: its settings, and which services are meant to be public.
    const own = path.join(outputDirectory, 'review', 'review.json');
    const { digests } = review;
    return { review: existsSync(own) ? { ...reviewAt(own).review, digests } : review, results };
  } finally {
    rmSync(outputDirectory, { recursive: true, force: true });
  }
}

function printReview(
  io: Io,
  { json, markdown }: RunReviewOptions,
  review: Review,
  difference: ReviewDifference | undefined,
): void {
  const stream = io.stdout;
  if (json && difference) printJson(io, difference);
  else if (json) stream.write(jsonOf(review));
  else if (markdown) stream.write(difference ? differenceMarkdownOf(difference) : markdownOf(review));
  else stream.write(difference ? differenceTextOf(difference, stream) : reviewTextOf(review, stream));
}
