import { type Arguments, argumentAt, blocks } from '../facts/blocks.ts';
import type { Origin } from '../facts/model.ts';
import type { ReviewedService } from './cloud-run-services.ts';
import { isDigest } from './image-digest.ts';
import type { DeploymentPolicy } from './policy.ts';
import type { ReviewedApp } from './reviewed-app.ts';
import { unboundedOf } from './run-bounds.ts';

/** Variables by which whoever sets them runs code of their own in a container. */
const CODE_VARIABLE =
  /^(?:NODE_OPTIONS|NODE_PATH|NODE_EXTRA_CA_CERTS|LD_.+|PATH|PYTHON(?:PATH|STARTUP|HOME)|PERL5OPT|RUBYOPT|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|DOTNET_STARTUP_HOOKS|BASH_ENV|ENV|GCE_METADATA_(?:HOST|ROOT|IP)|METADATA_SERVER_DETECTION|GOOGLE_APPLICATION_CREDENTIALS|(?:HTTPS?|ALL|NO)_PROXY|.*_EMULATOR_HOST)$/i;

/** How a service is deployed. */
export const runPolicies: readonly DeploymentPolicy[] = [
  {
    id: 'run-image-by-digest',
    severity: 'warning',
    reason: 'A tag can be moved after the review; a digest names just the image that was reviewed.',
    fix: 'Set "image" to REPOSITORY/IMAGE@sha256:DIGEST; docker push prints the digest at its end.',
    violations: (app) =>
      containers(app, ({ image }, { run }) => run.kind !== 'function' && !isDigest(image)).map(
        ({ service, container }) => ({
          at: service.resource,
          found: `the image ${String(container.image)} is named without a digest`,
        }),
      ),
  },
  {
    id: 'run-probes',
    severity: 'error',
    reason:
      'Without probes, a revision that cannot decrypt its secret gets requests, and one that hangs keeps them.',
    fix: 'Give every container a startup_probe and a liveness_probe.',
    violations: (app) =>
      (['startup', 'liveness'] as const).flatMap((kind) =>
        containers(
          app,
          (container, { run }) =>
            run.kind === 'service' && argumentAt(container, `${kind}_probe`) === undefined,
        ).map(({ service }) => ({ at: service.resource, found: `a container has no ${kind} probe` })),
      ),
  },
  {
    id: 'run-bounds',
    severity: 'error',
    reason: 'A service without bounds can cost without bounds, and can be kept busy by a single caller.',
    fix: 'Set maxScale (1 to 1000), the limit of memory (128Mi to 32Gi), container_concurrency (1 to 1000) and timeout_seconds (1 to 3600).',
    violations: ({ services }) =>
      services.flatMap((service) => unboundedOf(service).map((found) => ({ at: service.resource, found }))),
  },
  {
    id: 'run-code-of-image',
    severity: 'warning',
    reason:
      'What runs in a container decides who reads its secret: its image, and whatever is put before or beside it.',
    fix: 'Run one container for each service, its image as it was built: without command, args and such variables.',
    violations: ({ services }) => services.flatMap(otherCode),
  },
  {
    id: 'run-latest-revision',
    severity: 'warning',
    reason:
      'A revision that is named is not in these stacks: what it runs and whose secret it reads is not reviewed.',
    fix: 'Send all traffic to the latest revision.',
    violations: ({ services }) =>
      services.flatMap(({ resource, run }) =>
        run.oldRevisions.map((revision) => ({
          at: resource,
          found: `traffic goes to the revision ${revision ?? 'that is not named'}`,
        })),
      ),
  },
];

function otherCode({ resource, run, containers: all }: ReviewedService): { at: Origin; found: string }[] {
  const found = all.flatMap((container, index) => [
    ...(run.kind === 'function'
      ? [`it is built from ${String(container.image)} in the cloud: whoever writes there decides what runs`]
      : []),
    ...(index > 0 ? [`the container ${index + 1} runs beside the first`] : []),
    ...(['command', 'args'] as const)
      .filter((name) => container[name] !== undefined)
      .map((name) => `a container has ${name} of its own`),
    ...variablesOfCode(container),
  ]);
  return found.map((text) => ({ at: resource, found: text }));
}

/** The variables by which a container runs other code than that of its image, as sentences. */
export function variablesOfCode({ env }: Arguments): string[] {
  return blocks(env)
    .filter(({ name }) => CODE_VARIABLE.test(String(name)))
    .map(({ name }) => `the variable ${String(name)} changes what a container runs or whom it asks`);
}

interface Found {
  readonly service: ReviewedService;
  readonly container: Arguments;
}

function containers(
  { services }: ReviewedApp,
  matches: (container: Arguments, service: ReviewedService) => boolean,
): Found[] {
  return services.flatMap((service) =>
    service.containers
      .filter((container) => matches(container, service))
      .map((container) => ({ service, container })),
  );
}
