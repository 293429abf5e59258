import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Review, ReviewedPolicy, ReviewedSetting } from './facts/model.ts';
import { reviewedStack } from './facts/resources.ts';
import { factsOf, reviewOf } from './facts/review.ts';
import { checkPolicies, POLICIES, type PolicyOptions, type PolicyResult } from './policies/policies.ts';
import { policyFailure } from './policies/policy-error.ts';
import type { StackScope } from './terraform/stack-scope.ts';
import { readSynthesis } from './terraform/synthesis.ts';
import { writeSarif } from './words/sarif.ts';
import { REVIEW_FOLDER, writeReview } from './words/write-review.ts';

/** What is reviewed, and what the stacks do not say. */
export interface ReviewOptions extends PolicyOptions {
  /** The folder that `cdktf synth` wrote, or one with Terraform JSON in it, or one file of it. */
  readonly directory: string;
  /** Settings in force, with where each comes from: a part of the report. @default none */
  readonly settings?: readonly ReviewedSetting[];
  /** Absolute path of the project that was synthesized: where it lies is no part of a digest. @default that of a `cdktf.out` */
  readonly project?: string;
}

/** A review and everything that its policies found. */
export interface ReviewResult {
  readonly review: Review;
  readonly results: readonly PolicyResult[];
}

/**
 * Reviews what a folder wants to deploy. Nothing of the folder is run, and nothing but its Terraform is read.
 *
 * @throws ReadError when there is nothing to review
 */
export function reviewFolder({ directory, ...options }: ReviewOptions): ReviewResult {
  return reviewStacks(readSynthesis(directory), options);
}

/** Reviews stacks that were read already. */
export function reviewStacks(
  scopes: readonly StackScope[],
  { settings = [], project, ...options }: Omit<ReviewOptions, 'directory'>,
): ReviewResult {
  const stacks = scopes.map(reviewedStack);
  const facts = factsOf(stacks, options.root, project);
  const results = checkPolicies(stacks, facts, options);
  return { review: reviewOf(facts, { settings, policies: reviewedPolicies(results) }), results };
}

/**
 * Checks the policies of what was synthesized and writes the review beside its stacks; also when a policy does not
 * hold, so that the reviewer sees what broke. Call it after `app.synth()`.
 *
 * @throws PolicyError when a policy does not hold, with everything that was found
 */
export function reviewSynthesis(options: ReviewOptions): void {
  const { review, results } = reviewFolder(options);
  const folder = join(options.directory, REVIEW_FOLDER);
  mkdirSync(folder, { recursive: true });
  writeReview(review, folder);
  writeSarif(results, join(folder, 'policies.sarif'));
  const failure = policyFailure(results);
  if (failure) throw failure;
}

function reviewedPolicies(results: readonly PolicyResult[]): ReviewedPolicy[] {
  const findings = Map.groupBy(results, ({ id }) => id);
  return POLICIES.map(({ id, reason }) => ({
    id,
    reason,
    findings: (findings.get(id) ?? []).map(({ severity, path, address, found, fix, exception }) => ({
      ...{ severity, path, address, found, fix },
      exception: exception
        ? { reason: exception.reason, owner: exception.owner, until: exception.until }
        : null,
    })),
  }));
}
