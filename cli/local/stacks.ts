import { repositoryOf } from '@cloud-run-identity/local-cloud';
import type { SynthesizedStack } from './synthesize.ts';

/** The two stacks of the project, and what the local commands need to know of them. */
export interface Stacks {
  readonly foundation: SynthesizedStack;
  readonly service: SynthesizedStack;
  readonly projectId: string;
  /** Region of the services. */
  readonly region: string;
  /** Full resource name of the key that the service decrypts with. */
  readonly key: string;
  /** The service's container image without tag and digest. */
  readonly imageRepository: string;
}

/** A service of the stack, on Cloud Run or GKE, as far as the local commands look at it. */
export interface StackService {
  readonly image: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Its namespace and name on GKE; absent on Cloud Run. */
  readonly workload?: { readonly namespace: string; readonly name: string };
  /** Address on Cloud Run, once it is applied. */
  readonly url?: string;
  /** Email of the service account, once it is applied. */
  readonly serviceAccount?: string;
}

interface Container {
  readonly image: string;
  readonly env: readonly { readonly name: string; readonly value?: string }[];
}

interface CloudRunService {
  readonly template: {
    readonly spec: { readonly service_account_name: string; readonly containers: readonly [Container] };
  };
  readonly status?: readonly [{ readonly url: string }];
}

interface Deployment {
  readonly spec: { readonly template: { readonly spec: { readonly container: readonly [Container] } } };
  /** As the provider has it, once it is applied. */
  readonly metadata: readonly [{ readonly name: string; readonly namespace: string }] | object;
}

/** The service in a resource's arguments, or in its attributes; undefined for a resource of another type. */
export function stackService(type: string, resource: unknown): StackService | undefined {
  if (type === 'google_cloud_run_service') {
    const { template, status } = resource as CloudRunService;
    const { containers, service_account_name: serviceAccount } = template.spec;
    const url = status?.[0].url;
    return { ...ofContainer(containers[0]), serviceAccount, ...(url !== undefined && { url }) };
  }
  if (type !== 'kubernetes_deployment_v1') return undefined;
  const { spec, metadata } = resource as Deployment;
  const workload = Array.isArray(metadata) ? metadata[0] : undefined;
  return { ...ofContainer(spec.template.spec.container[0]), ...(workload && { workload }) };
}

function ofContainer({ image, env }: Container): Pick<StackService, 'image' | 'variables'> {
  const variables = env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const]));
  return { image, variables: Object.fromEntries(variables) };
}

/**
 * Finds the project's two stacks among those synthesized.
 *
 * @throws Error when the app has no such stack, or its service stack no service
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
    provider: { google: [{ project: string; region: string }] };
    resource: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  const [first] = Object.entries(resource).flatMap(([type, byName]) =>
    Object.values(byName).flatMap((one) => stackService(type, one) ?? []),
  );
  if (!first) throw new Error('the stack cloud-run-identity has no service');
  const [{ project: projectId, region }] = provider.google;
  return {
    foundation,
    service,
    projectId,
    region,
    key: environmentVariable(first, 'KMS_KEY_ID'),
    imageRepository: repositoryOf(first.image),
  };
}

/**
 * The value of an environment variable of the service's container.
 *
 * @throws Error when the container has none of that name
 */
export function environmentVariable({ variables }: StackService, name: string): string {
  const value = variables[name];
  if (value === undefined) throw new Error(`the container has no environment variable ${name}`);
  return value;
}
