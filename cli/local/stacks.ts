import { repositoryOf } from '@cloud-run-identity/local-cloud';
import type { SynthesizedStack } from './synthesize.ts';

/** The two stacks of the project, and what the local commands need to know of them. */
export interface Stacks {
  readonly foundation: SynthesizedStack;
  readonly service: SynthesizedStack;
  readonly projectId: string;
  /** Region of the Cloud Run service. */
  readonly region: string;
  /** Full resource name of the key that the service decrypts with. */
  readonly key: string;
  /** The service's container image without tag and digest. */
  readonly imageRepository: string;
}

/** A `google_cloud_run_service`, as far as the local commands look at it. */
export interface CloudRunService {
  readonly location: string;
  readonly template: {
    readonly spec: {
      /** Email of the service account that the service runs as. */
      readonly service_account_name: string;
      readonly containers: readonly [
        {
          readonly image: string;
          readonly env: readonly { readonly name: string; readonly value: string }[];
        },
      ];
    };
  };
  /** Known once it is applied. */
  readonly status?: readonly [{ readonly url: string }];
}

/**
 * Finds the project's two stacks among those synthesized.
 *
 * @throws Error when the app has no such stack, or its service stack no Cloud Run service
 */
export function readStacks(stacks: ReadonlyMap<string, SynthesizedStack>): Stacks {
  const foundation = stacks.get('cloud-run-identity-foundation');
  const service = stacks.get('cloud-run-identity');
  if (!foundation || !service) {
    throw new Error(
      'main.ts must make the stacks cloud-run-identity-foundation and cloud-run-identity, ' +
        `it made ${[...stacks.keys()].join(', ') || 'none'}`,
    );
  }
  const { provider, resource } = service.json as {
    provider: { google: [{ project: string }] };
    resource: { google_cloud_run_service?: Record<string, CloudRunService> };
  };
  const [cloudRunService] = Object.values(resource.google_cloud_run_service ?? {});
  if (!cloudRunService) throw new Error('the stack cloud-run-identity has no google_cloud_run_service');
  return {
    foundation,
    service,
    projectId: provider.google[0].project,
    region: cloudRunService.location,
    key: environmentVariable(cloudRunService, 'KMS_KEY_ID'),
    imageRepository: repositoryOf(cloudRunService.template.spec.containers[0].image),
  };
}

/**
 * The value of an environment variable of the service's container.
 *
 * @throws Error when the container has none of that name
 */
export function environmentVariable({ template }: CloudRunService, name: string): string {
  const variable = template.spec.containers[0].env.find((entry) => entry.name === name);
  if (variable === undefined) throw new Error(`the container has no environment variable ${name}`);
  return variable.value;
}
