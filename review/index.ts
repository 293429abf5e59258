/** What a synthesis says about access. */
export { allowPolicyException, type PolicyException } from './policies/exceptions.ts';
export { PolicyError } from './policies/policy-error.ts';
export { reviewSynthesis } from './review-synthesis.ts';
