import type { Service } from '../facts/model.ts';
import type { ReviewedResource } from '../facts/resources.ts';
import { type CloudRun, cloudRunOf } from '../facts/run-types.ts';

/** Something that runs on Cloud Run as the policies look at it. */
export interface ReviewedService {
  readonly resource: ReviewedResource;
  readonly facts: Service;
  /** Email of who it runs as; undefined when it says nothing, which means the project's default. */
  readonly serviceAccount: string | undefined;
  readonly run: CloudRun;
  readonly containers: CloudRun['containers'];
}

/** The services, jobs, worker pools and functions of Cloud Run among the resources. */
export function cloudRunServicesOf(
  resources: readonly ReviewedResource[],
  services: readonly Service[],
): ReviewedService[] {
  const byOrigin = new Map(services.map((service) => [`${service.stack} ${service.address}`, service]));
  return resources.flatMap((resource) => {
    const facts = byOrigin.get(`${resource.stack} ${resource.address}`);
    const run = cloudRunOf(resource);
    if (!facts || !run) return [];
    const [, serviceAccount] = facts.identity.split('serviceAccount:');
    return [{ resource, facts, serviceAccount, run, containers: run.containers }];
  });
}
