import { accessOf } from '../facts/access.ts';
import type { Access } from '../facts/model.ts';
import type { ReviewedResource } from '../facts/resources.ts';
import { cloudRunServicesOf, type ReviewedService } from './cloud-run-services.ts';
import type { ReviewedProvider } from './providers.ts';

/** Everything that is deployed, as the policies look at it. */
export interface ReviewedApp {
  readonly resources: readonly ReviewedResource[];
  readonly providers: readonly ReviewedProvider[];
  /** Every grant, whichever resource makes it. */
  readonly access: readonly Access[];
  readonly services: readonly ReviewedService[];
  /**
   * Principals of services, `serviceAccount:EMAIL`: whatever a Cloud Run service runs as, and every service
   * account that is made here.
   */
  readonly identities: ReadonlySet<string>;
  /** Names of the Cloud Run services that the settings make public. */
  readonly publicServices: ReadonlySet<string>;
}

/** Reads out of the resources what several policies ask for. */
export function reviewedApp({
  resources,
  providers,
  publicServices,
}: {
  readonly resources: readonly ReviewedResource[];
  readonly providers: readonly ReviewedProvider[];
  readonly publicServices: readonly string[];
}): ReviewedApp {
  const services = cloudRunServicesOf(resources);
  const made = resources
    .filter(({ type }) => type === 'google_service_account')
    .map(({ known, project }) => `${known.account_id}@${project}.iam.gserviceaccount.com`);
  const used = services.flatMap(({ serviceAccount }) => serviceAccount ?? []);
  return {
    resources,
    providers,
    services,
    access: accessOf(resources),
    identities: new Set([...made, ...used].map((email) => `serviceAccount:${email}`)),
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

/** One grant in words. */
export function grantInWords({ principal, role, resource }: Access): string {
  return `${principal} has ${role} on the ${resource.kind} ${resource.name}`;
}
