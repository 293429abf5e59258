import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Review } from '../facts/model.ts';
import { htmlOf } from './html.ts';
import { jsonOf } from './json.ts';
import { markdownOf } from './markdown.ts';

/** The folder of the review inside the CDK's output folder. */
export const REVIEW_FOLDER = 'review';

/**
 * Writes `review.json`, `.md` and `.html` into a folder. Each replaces the one before it at once, so that nobody reads
 * half of one.
 */
export function writeReview(review: Review, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const files = { 'review.json': jsonOf, 'review.md': markdownOf, 'review.html': htmlOf };
  for (const [name, render] of Object.entries(files)) {
    const file = join(folder, name);
    writeFileSync(`${file}.tmp`, render(review));
    renameSync(`${file}.tmp`, file);
  }
}
