import { type Arguments, argumentAt, text } from './arguments.ts';
import type { ReviewedService } from './cloud-run-services.ts';
import type { DeploymentPolicy } from './policy.ts';
import type { ReviewedApp } from './reviewed-app.ts';
import { unboundedOf } from './run-bounds.ts';

/** A digest, or the reference to one that the Docker provider has pushed or that the image repository tells. */
const DIGEST =
  /@(?:sha256:[0-9a-f]{64}|\$\{[^}]*sha256_digest\})$|^\$\{data\.google_artifact_registry_docker_image\.[^}]*self_link\}$/;

/** How a service is deployed. */
export const runPolicies: readonly DeploymentPolicy[] = [
  {
    id: 'run-image-by-digest',
    severity: 'warning',
    reason: 'A tag can be moved after the review; a digest names just the image that was reviewed.',
    fix: 'Set "image" to REPOSITORY/IMAGE@sha256:DIGEST; docker push prints the digest at its end.',
    violations: (app) =>
      containers(app, ({ image }) => !DIGEST.test(text(image) ?? '')).map(({ service, container }) => ({
        at: service.resource,
        found: `the image ${container.image} is named without a digest`,
      })),
  },
  {
    id: 'run-probes',
    severity: 'error',
    reason:
      'Without probes, a revision that cannot decrypt its secret gets requests, and one that hangs keeps them.',
    fix: 'Give every container a startupProbe and a livenessProbe, as constructs/probes.ts does.',
    violations: (app) =>
      (['startup', 'liveness'] as const).flatMap((kind) =>
        containers(app, (container) => argumentAt(container, `${kind}_probe`) === undefined).map(
          ({ service }) => ({ at: service.resource, found: `a container has no ${kind} probe` }),
        ),
      ),
  },
  {
    id: 'run-bounds',
    severity: 'error',
    reason: 'A service without bounds can cost without bounds, and can be kept busy by a single caller.',
    fix: 'Set maxInstances (1 to 1000), memoryMebibytes (128 to 32768), concurrency (1 to 1000) and timeoutSeconds (1 to 3600).',
    violations: ({ services }) =>
      services.flatMap((service) => unboundedOf(service).map((found) => ({ at: service.resource, found }))),
  },
  {
    id: 'run-reviewed-type',
    severity: 'error',
    reason: 'These policies read google_cloud_run_service; what another type runs as, they would not see.',
    fix: 'Deploy it with the construct CloudRunService.',
    violations: ({ resources }) =>
      resources
        .filter(({ type }) => /^google_cloud_run_(?:v2_(?:service|job|worker_pool)|job)$/.test(type))
        .map((at) => ({ at, found: `${at.type} is not reviewed` })),
  },
];

interface Found {
  readonly service: ReviewedService;
  readonly container: Arguments;
}

function containers({ services }: ReviewedApp, matches: (container: Arguments) => boolean): Found[] {
  return services.flatMap((service) =>
    service.containers.filter(matches).map((container) => ({ service, container })),
  );
}
