import type { Access } from '../facts/model.ts';
import type { ReviewedBlock, ReviewedResource, ReviewedStack } from '../facts/resources.ts';
import type { Facts } from '../facts/review.ts';
import { cloudRunServicesOf, type ReviewedService } from './cloud-run-services.ts';

/** Everything that is deployed, as the policies look at it. */
export interface ReviewedApp {
  readonly stacks: readonly ReviewedStack[];
  readonly facts: Facts;
  readonly resources: readonly ReviewedResource[];
  /** Resources and every other block. */
  readonly blocks: readonly ReviewedBlock[];
  /** Every grant, whichever resource makes it. */
  readonly access: readonly Access[];
  readonly services: readonly ReviewedService[];
  /**
   * Principals of services, `serviceAccount:EMAIL`: whatever a Cloud Run service runs as, and every service
   * account that is made here.
   */
  readonly identities: ReadonlySet<string>;
  /** Full names of the Cloud Run services that are meant to be public. */
  readonly publicServices: ReadonlySet<string>;
}

/** Reads out of the resources what several policies ask for. */
export function reviewedApp(
  stacks: readonly ReviewedStack[],
  facts: Facts,
  publicServices: readonly string[],
): ReviewedApp {
  const resources = stacks.flatMap((stack) => stack.resources);
  const made = resources
    .filter(({ type }) => type === 'google_service_account')
    .map(({ known, project }) => `serviceAccount:${known.account_id}@${project}.iam.gserviceaccount.com`);
  return {
    stacks,
    facts,
    resources,
    blocks: [...resources, ...stacks.flatMap((stack) => stack.blocks)],
    services: cloudRunServicesOf(resources, facts.services),
    access: facts.access,
    identities: new Set([
      ...made,
      ...facts.services
        .map(({ identity }) => identity)
        .filter((identity) => identity.startsWith('serviceAccount:')),
    ]),
    publicServices: new Set(publicServices),
  };
}

/** The resources of one type. */
export function resourcesOfType({ resources }: ReviewedApp, type: string): ReviewedResource[] {
  return resources.filter((resource) => resource.type === type);
}

/** The grants to principals of services. */
export function accessOfIdentities({ access, identities }: ReviewedApp): Access[] {
  return access.filter(({ principal }) => identities.has(principal));
}

/**
 * Whether it is certain that no service runs as a principal, as with the account of a builder. A service whose identity
 * is not known may be anyone.
 */
export function runsNoService({ facts: { services } }: ReviewedApp, principal: string): boolean {
  return services.every(
    ({ identity }) => identity !== principal && /^serviceAccount:[\w.-]+@[\w.-]+$/.test(identity),
  );
}

/** One grant in words. */
export function grantInWords({ principal, role, resource }: Access): string {
  return `${principal} has ${role} on the ${resource.kind} ${resource.name}`;
}
