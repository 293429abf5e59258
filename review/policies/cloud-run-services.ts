import { type Arguments, argumentAt, blocks } from '../facts/blocks.ts';
import type { Service } from '../facts/model.ts';
import type { ReviewedResource } from '../facts/resources.ts';

/** A Cloud Run service as the policies look at it. */
export interface ReviewedService {
  readonly resource: ReviewedResource;
  readonly facts: Service;
  /** Email of who it runs as; undefined when it says nothing, which means the project's default. */
  readonly serviceAccount: string | undefined;
  readonly containers: readonly Arguments[];
  /** Of its revisions. */
  readonly revisionAnnotations: Arguments;
  /** The `spec` of its revisions. */
  readonly spec: Arguments;
}

/** The Cloud Run services among the resources. */
export function cloudRunServicesOf(
  resources: readonly ReviewedResource[],
  services: readonly Service[],
): ReviewedService[] {
  const byOrigin = new Map(services.map((service) => [`${service.stack} ${service.address}`, service]));
  return resources.flatMap((resource) => {
    const facts = byOrigin.get(`${resource.stack} ${resource.address}`);
    if (!facts || resource.type !== 'google_cloud_run_service') return [];
    const spec = blocks(argumentAt(resource.known, 'template', 'spec'))[0] ?? {};
    const [, serviceAccount] = facts.identity.split('serviceAccount:');
    return [
      {
        ...{ resource, facts, serviceAccount, spec, containers: blocks(spec.containers) },
        revisionAnnotations:
          blocks(argumentAt(resource.known, 'template', 'metadata', 'annotations'))[0] ?? {},
      },
    ];
  });
}
