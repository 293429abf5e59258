import fc from 'fast-check';

/**
 * Property tests try the same cases each time, few of them, so that they are quick and a failure is never chance. More,
 * and others each time: `PROPERTY_RUNS=20 npm test` tries twenty times as many; a failure then names its seed.
 */
const { PROPERTY_RUNS } = process.env;

fc.configureGlobal({ ...runs(100), ...(PROPERTY_RUNS === undefined && { seed: 20_261_127 }) });

/** The number of cases of one property, where it is not 100. */
export function runs(count: number): { readonly numRuns: number } {
  return { numRuns: Math.ceil(count * Number(PROPERTY_RUNS ?? 1)) };
}
