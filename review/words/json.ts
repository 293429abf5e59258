import type { Review } from '../facts/model.ts';
import { compareText } from '../facts/resources.ts';

/** The review as JSON, docs/review.schema.json: keys sorted, so that the same stacks give the same bytes. */
export function jsonOf(review: Review): string {
  return `${JSON.stringify(review, sortedKeys, 2)}\n`;
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => compareText(a, b)));
}
