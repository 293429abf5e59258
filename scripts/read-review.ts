import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { Compile } from 'typebox/schema';
import type { Review } from '../review/facts/model.ts';

const SCHEMA_FILE = path.resolve(import.meta.dirname, '..', 'docs', 'review.schema.json');

/**
 * Reads a review, from its file or from the output folder that it lies in.
 *
 * @throws Error that says what is there instead and how to get a review
 */
export function readReview(place: string): Review {
  const file = fileOf(place);
  const review = parse(read(file), file);
  const [isValid, errors] = Compile(JSON.parse(readFileSync(SCHEMA_FILE, 'utf8'))).Errors(review);
  if (isValid) return review as Review;
  const problems = errors
    .slice(0, 5)
    .map(
      ({ instancePath, message }) =>
        `  ${instancePath || '/'} ${message.replace('schema is false', 'is not allowed')}`,
    );
  throw new Error(
    `${file} is no review of this version:\n${problems.join('\n')}\n` +
      'Allowed: what docs/review.schema.json describes. Fix: synthesize it again, with npm run synth.',
  );
}

function fileOf(place: string): string {
  const isFolder = statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isFolder ? path.join(place, 'review', 'review.json') : place;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(
      `There is no review to read at ${file}: ${(cause as Error).message}. ` +
        'Give a cdktf.out folder or a review.json; npm run synth writes both.',
      { cause },
    );
  }
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(
      `${file} is no JSON: ${(cause as Error).message}. Give a review.json, which npm run synth writes.`,
      { cause },
    );
  }
}
