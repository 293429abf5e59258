import { join } from 'node:path';
import type { App } from 'cdktf';
import type { Settings } from '../settings/settings.ts';
import type { ReviewedPolicy } from './facts/model.ts';
import { resourcesOf, stacksOf } from './facts/resources.ts';
import { reviewOf } from './facts/review.ts';
import { checkPolicies, POLICIES, type PolicyResult } from './policies/policies.ts';
import { policyFailure } from './policies/policy-error.ts';
import { writeSarif } from './words/sarif.ts';
import { REVIEW_FOLDER, writeReview } from './words/write-review.ts';

/**
 * Checks the policies of a synthesized app and writes the review beside its stacks; also when a policy does not hold,
 * so that the reviewer sees what broke. Call it after `app.synth()`, so that what aspects change is in it.
 *
 * @param projectRoot absolute path that local files are named from
 * @throws PolicyError when a policy does not hold, with everything that was found
 */
export function reviewSynthesis(app: App, settings: Settings, projectRoot: string): void {
  const stacks = stacksOf(app);
  const resources = stacks.flatMap(resourcesOf);
  const publicServices = settings.services
    .filter((service) => service.public)
    .map(({ serviceName }) => serviceName);
  const results = checkPolicies(app, { resources, publicServices, strict: settings.strictPolicies });
  const policies = reviewedPolicies(results);
  const { outdir } = app;
  writeReview(
    reviewOf({ stacks, resources, settings: settings.origins, policies, outdir, projectRoot }),
    outdir,
  );
  writeSarif(results, join(outdir, REVIEW_FOLDER, 'policies.sarif'));
  const failure = policyFailure(results);
  if (failure) throw failure;
}

function reviewedPolicies(results: readonly PolicyResult[]): ReviewedPolicy[] {
  const findings = Map.groupBy(results, ({ id }) => id);
  return POLICIES.map(({ id, reason }) => ({
    id,
    reason,
    findings: (findings.get(id) ?? []).map(({ severity, path, address, found, fix, exception }) => ({
      severity,
      path,
      address,
      found,
      fix,
      exception: exception ? { reason: exception.reason, owner: exception.owner } : null,
    })),
  }));
}
