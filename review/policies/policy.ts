import type { Origin } from '../facts/model.ts';
import type { ReviewedApp } from './reviewed-app.ts';

/** What a policy does to synthesis when it does not hold. */
export type Severity = 'error' | 'warning';

/** One thing that has to be so wherever it applies. */
export interface Policy {
  /** Stable: exceptions, reviews and code hosts name a policy by it. */
  readonly id: string;
  /** An error fails synthesis; a warning does so in strict mode only. */
  readonly severity: Severity;
  /** Why the rule exists, in one sentence. */
  readonly reason: string;
  /** What to do when it does not hold, in one sentence. */
  readonly fix: string;
}

/** A policy about what is deployed. */
export interface DeploymentPolicy extends Policy {
  /** Where it does not hold; nothing when it holds. */
  readonly violations: (app: ReviewedApp) => Violation[];
}

/** One place where a policy does not hold. */
export interface Violation {
  readonly at: Origin;
  /** What is there instead, as a sentence without its full stop. Never the value of a secret. */
  readonly found: string;
}
