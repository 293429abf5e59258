import { describe, expect, test } from 'vitest';
import { POLICIES } from '../../../review/policies/policies.ts';
import { accessCases } from './cases/access.ts';
import { bucketCases } from './cases/bucket.ts';
import { exceptionCases } from './cases/exceptions.ts';
import { gkeCases } from './cases/gke.ts';
import { identityCases } from './cases/identity.ts';
import { keyCases } from './cases/key.ts';
import { nameCases } from './cases/names.ts';
import { runCases } from './cases/run.ts';
import { secretCases } from './cases/secrets.ts';
import { worldCases } from './cases/world.ts';
import { resultsOf } from './sample.ts';

const CASES = [
  ...worldCases,
  ...accessCases,
  ...identityCases,
  ...keyCases,
  ...bucketCases,
  ...runCases,
  ...gkeCases,
  ...secretCases,
  ...nameCases,
  ...exceptionCases,
];

test('the sample breaks no policy', () => {
  expect(resultsOf(() => {})).toEqual([]);
});

describe.each(POLICIES.map(({ id }) => id))('%s', (id) => {
  const cases = CASES.filter(({ policy }) => policy === id);

  test.each(cases)('$title', ({ change, options, found }) => {
    const results = resultsOf(change, options).filter((result) => result.id === id);
    expect(results.map((result) => result.found)).toEqual(found);
  });

  test('has a case that breaks it and one in which it holds', () => {
    expect(cases.some(({ found }) => found.length > 0)).toBe(true);
    expect(cases.some(({ found }) => found.length === 0)).toBe(true);
  });
});

test('every case is of a policy that there is', () => {
  const ids = new Set(POLICIES.map(({ id }) => id));
  expect(ids.size).toBe(POLICIES.length);
  expect(CASES.filter(({ policy }) => !ids.has(policy))).toEqual([]);
});
