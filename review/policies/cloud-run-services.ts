import type { ReviewedResource } from '../facts/resources.ts';
import { type Arguments, argumentAt, blocks, text } from './arguments.ts';

/** A Cloud Run service as the policies look at it. */
export interface ReviewedService {
  readonly resource: ReviewedResource;
  readonly name: string;
  /** Email of who it runs as; undefined when it says nothing, which means the project's default. */
  readonly serviceAccount: string | undefined;
  readonly containers: readonly Arguments[];
  /** Of the service. */
  readonly annotations: Arguments;
  /** Of its revisions. */
  readonly revisionAnnotations: Arguments;
  /** The `spec` of its revisions. */
  readonly spec: Arguments;
}

/** The Cloud Run services among the resources. */
export function cloudRunServicesOf(resources: readonly ReviewedResource[]): ReviewedService[] {
  return resources
    .filter(({ type }) => type === 'google_cloud_run_service')
    .map((resource) => {
      const args = resource.known;
      const spec = blocks(argumentAt(args, 'template', 'spec'))[0] ?? {};
      return {
        resource,
        name: String(args.name),
        serviceAccount: text(spec.service_account_name) || undefined,
        containers: blocks(spec.containers),
        annotations: blocks(argumentAt(args, 'metadata', 'annotations'))[0] ?? {},
        revisionAnnotations: blocks(argumentAt(args, 'template', 'metadata', 'annotations'))[0] ?? {},
        spec,
      };
    });
}

/** The value that a variable has in the first container that sets it. */
export function environmentVariable(service: ReviewedService, name: string): string | undefined {
  const variables = service.containers.flatMap((container) => blocks(container.env));
  return text(variables.find((variable) => variable.name === name)?.value);
}
