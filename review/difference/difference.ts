import type { Review } from '../facts/model.ts';
import { compareText } from '../facts/resources.ts';
import { grantChanges } from './grants.ts';
import type { AccessChange, ReviewDifference } from './model.ts';
import { pairsOf } from './pairs.ts';
import { reachChanges } from './reach.ts';
import { resourceChanges } from './resources.ts';
import { hiddenChanges, weightyChanges } from './weight.ts';

/**
 * What is different after: who can do more or less, and which resources are touched. In doubt it says that access was
 * widened, so that somebody looks.
 */
export function differenceOf(before: Review, after: Review): ReviewDifference {
  const pairs = pairsOf(before, after);
  const access = [
    ...grantChanges(after.access, before.access, 'gained'),
    ...reachChanges(after, before, 'gained'),
    ...weightyChanges(pairs, before, after),
    ...hiddenChanges(before, after),
    ...grantChanges(before.access, after.access, 'lost'),
    ...reachChanges(before, after, 'lost'),
  ].sort(byDirectionKindAndSubject);
  return {
    widened: access.some(({ direction }) => direction === 'gained'),
    access,
    resources: resourceChanges(pairs),
  };
}

/** What is gained comes first, and who reads a secret before everything else. */
function byDirectionKindAndSubject(a: AccessChange, b: AccessChange): number {
  const key = ({ direction, kind, who, what }: AccessChange) =>
    JSON.stringify([direction, kind === 'reader' ? '' : kind, who, what]);
  return compareText(key(a), key(b));
}
