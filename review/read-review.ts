import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Review } from './facts/model.ts';
import { type ReviewOptions, type ReviewResult, reviewFolder, reviewStacks } from './review-synthesis.ts';
import { JsonError, readJson } from './terraform/json.ts';
import { readPlan } from './terraform/plan.ts';
import { ReadError } from './terraform/synthesis.ts';
import { isMap } from './terraform/values.ts';

/** A plan's review, and that of what is there before it is applied. */
export interface PlanReview extends ReviewResult {
  readonly before: Review;
}

/** A saved plan of one stack. */
export interface PlanOfStack {
  readonly stack: string;
  /** What `terraform show -json PLAN` prints, parsed. */
  readonly json: unknown;
  /** Where the plan lies. */
  readonly file: string;
}

/**
 * Reviews plans of several stacks together: who reads a secret follows from the grants of all.
 *
 * @throws ReadError when one is no plan
 */
export function reviewPlans(
  plans: readonly PlanOfStack[],
  options: Omit<ReviewOptions, 'directory'> = {},
): PlanReview {
  const read = plans.map(({ stack, json, file }) => readPlan(json, stack, file));
  return {
    ...reviewStacks(
      read.map(({ after }) => after),
      options,
    ),
    before: reviewStacks(
      read.map(({ before }) => before),
      options,
    ).review,
  };
}

/** Reviews the JSON of a saved plan: what `terraform show -json PLAN` prints. */
export function reviewPlan(file: string, options: Omit<ReviewOptions, 'directory'> = {}): PlanReview {
  const stack = basename(file).replace(/(?:\.tfplan)?\.json$/, '');
  return reviewPlans([{ stack, json: jsonAt(file), file }], options);
}

/**
 * Reviews whatever lies at a place: a folder or a file of Terraform JSON, or a plan. A folder is read from its stacks,
 * whatever report lies in it; a report is taken as it is when it is named itself.
 *
 * @throws ReadError that says what is there instead
 */
export function reviewAt(place: string, options: Omit<ReviewOptions, 'directory'> = {}): ReviewResult {
  const isFolder = statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (isFolder || !place.endsWith('.json')) return reviewFolder({ directory: place, ...options });
  const json = jsonAt(place);
  if (isMap(json) && 'schemaVersion' in json) return { review: reportOf(json, place), results: [] };
  if (isMap(json) && 'format_version' in json) return reviewPlan(place, options);
  return reviewFolder({ directory: place, ...options });
}

function jsonAt(file: string): unknown {
  try {
    return readJson(readFileSync(file, 'utf8')).value;
  } catch (error) {
    if (error instanceof JsonError)
      throw new ReadError(`${file} is no JSON: ${error.message}.`, { cause: error });
    throw new ReadError(`${file} cannot be read: ${(error as Error).message}.`, { cause: error });
  }
}

const LISTS = [
  ...['digests', 'projects', 'stacks', 'secrets', 'services', 'access', 'exposure', 'lifecycle', 'policies'],
  ...['unknown', 'notReviewed', 'blocks', 'resources'],
] as const;

function reportOf(json: Readonly<Record<string, unknown>>, file: string): Review {
  const missing = LISTS.filter((name) => !Array.isArray(json[name]));
  if (json.schemaVersion === 2 && missing.length === 0) return json as unknown as Review;
  const why = json.schemaVersion === 2 ? `it has no ${missing.join(', ')}` : `its schemaVersion is not 2`;
  throw new ReadError(`${file} is no report of this version: ${why}. Give the folder that it was made from.`);
}
