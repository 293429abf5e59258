/** Who can do what to which resource, and why: read out of Terraform's JSON, for people, pipelines and code hosts. */
export { differenceOf } from './difference/difference.ts';
export { differenceMarkdownOf } from './difference/markdown.ts';
export type { AccessChange, ReviewDifference } from './difference/model.ts';
export { accessText, resourceText, textOf as differenceTextOf } from './difference/text.ts';
export type { Review } from './facts/model.ts';
export { POLICIES, type PolicyResult } from './policies/policies.ts';
export { PolicyError, policyFailure } from './policies/policy-error.ts';
export { type PlanOfStack, type PlanReview, reviewAt, reviewPlan, reviewPlans } from './read-review.ts';
export {
  type ReviewOptions,
  type ReviewResult,
  reviewFolder,
  reviewSynthesis,
} from './review-synthesis.ts';
export { ReadError } from './terraform/synthesis.ts';
export { htmlOf } from './words/html.ts';
export { jsonOf } from './words/json.ts';
export { markdownOf } from './words/markdown.ts';
export { reportOf as reviewTextOf } from './words/report.ts';
export { sarifLog } from './words/sarif.ts';
export { writeReview } from './words/write-review.ts';
