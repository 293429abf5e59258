import type { PolicyOptions } from '../../../../review/policies/policies.ts';
import type { Sample } from '../sample.ts';

/** One change of the sample, and what one policy then finds. */
export interface PolicyCase {
  /** Id of the policy. */
  readonly policy: string;
  readonly title: string;
  readonly change: (sample: Sample) => void;
  readonly options?: PolicyOptions;
  /** The sentences that it finds; none when it holds. */
  readonly found: readonly string[];
}
