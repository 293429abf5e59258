import { type ApiTarget, type GoogleApi, googleApi, kubernetesApi } from './api.ts';
import { type Configuration, type JsonObject, type Resource, readConfiguration } from './configuration.ts';
import { ApplyError, UnsupportedConfigurationError } from './errors.ts';
import { resolve, type Scope } from './expressions.ts';
import {
  type Attributes,
  argumentProblems,
  type ResourceContext,
  type ResourceType,
} from './resource-type.ts';
import { RESOURCE_TYPES } from './resources/registry.ts';
import type { StackSource } from './source.ts';

/** A synthesized stack and where it is applied. */
export interface ApplyOptions {
  /** The parsed `cdk.tf.json`. */
  readonly stack: JsonObject;
  /** Absolute path of the folder that holds it: what `path.module` stands for. */
  readonly stackDirectory: string;
  readonly target: ApiTarget;
  /**
   * The outputs of stacks that were applied before, by name: what this one reads of them.
   * @default none
   */
  readonly outputsOf?: ReadonlyMap<string, Applied['outputs']>;
  /** Called when a resource begins. */
  readonly onProgress?: (progress: Progress) => void;
}

/** A resource begins. */
export interface Progress {
  readonly address: string;
  /** How many resources are done. */
  readonly done: number;
  /** How many resources there are. */
  readonly total: number;
}

/** What an apply leaves behind, as Terraform's state would hold it. */
export interface Applied {
  /** Attributes by resource address. */
  readonly resources: ReadonlyMap<string, Attributes>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/**
 * Brings a Google Cloud (the local one) to the state that a synthesized stack describes, through its public HTTP API
 * only and with the calls that the Google provider makes. Resources that do not need each other are applied at the
 * same time; what exists already is adopted and updated, so applying twice is the same as applying once. There is no
 * state: an argument that is no longer configured is not reset, nor is a resource deleted. After a failure nothing
 * further is started.
 *
 * @throws UnsupportedConfigurationError before the first request, for everything that it does not know
 * @throws ApplyError naming the resource that failed; AggregateError of these when several did
 */
export async function applyStack(options: ApplyOptions): Promise<Applied> {
  const configuration = readConfiguration(options.stack, RESOURCE_TYPES);
  const states = statesFor(configuration, options.outputsOf ?? new Map());
  const resources = await applyResources(configuration, options, states);
  const scope = scopeOf(resources, states, options.stackDirectory);
  return { resources, outputs: resolve(configuration.outputs, scope) as JsonObject };
}

/** Where to apply, and what to tell of it. */
export type ApplyStacksOptions = Pick<ApplyOptions, 'target' | 'onProgress'>;

/**
 * Applies stacks one after the other, each with the outputs of those before it.
 * @param stacks in their order
 * @returns what each left behind, by its name
 * @throws as `applyStack` does
 */
export async function applyStacks(
  stacks: readonly StackSource[],
  options: ApplyStacksOptions,
): Promise<ReadonlyMap<string, Applied>> {
  const applied = new Map<string, Applied>();
  const outputsOf = new Map<string, Applied['outputs']>();
  for (const { name, stack, stackDirectory } of stacks) {
    const done = await applyStack({ ...options, stack, stackDirectory, outputsOf });
    applied.set(name, done);
    outputsOf.set(name, done.outputs);
  }
  return applied;
}

/** The data sources by which a stack reads others, as attributes by address. */
function statesFor(
  { states }: Configuration,
  outputsOf: ReadonlyMap<string, Applied['outputs']>,
): ReadonlyMap<string, Attributes> {
  const missing = [...states].filter(([, name]) => !outputsOf.has(name));
  if (missing.length > 0) {
    throw new UnsupportedConfigurationError(
      missing.map(([address, name]) => `${address}: the stack ${name} was not applied before this one`),
    );
  }
  return new Map([...states].map(([address, name]) => [address, { outputs: outputsOf.get(name) }]));
}

async function applyResources(
  { project, resources }: Configuration,
  { stackDirectory, target, onProgress }: ApplyOptions,
  states: ReadonlyMap<string, Attributes>,
): Promise<ReadonlyMap<string, Attributes>> {
  const api = googleApi(target);
  let cluster: Promise<GoogleApi> | undefined;
  const kubernetes = () => {
    cluster ??= kubernetesApi(api, target);
    return cluster;
  };
  const applied = new Map<string, Attributes>();
  const failures: ApplyError[] = [];
  const running = new Map<string, Promise<void>>();
  const apply = async (resource: Resource): Promise<void> => {
    await Promise.all([...resource.needs].map((address) => running.get(address)));
    if (failures.length > 0) return;
    onProgress?.({ address: resource.address, done: applied.size, total: resources.length });
    try {
      const context = { api, kubernetes, project, ignoreChanges: resource.ignoreChanges };
      applied.set(
        resource.address,
        await applyOne(resource, context, scopeOf(applied, states, stackDirectory)),
      );
    } catch (error) {
      failures.push(new ApplyError(resource.address, error as Error));
    }
  };
  for (const resource of resources) running.set(resource.address, apply(resource));
  await Promise.all(running.values());
  throwFailures(failures);
  return applied;
}

async function applyOne(resource: Resource, context: ResourceContext, scope: Scope): Promise<Attributes> {
  // readConfiguration has refused every other type.
  const type = RESOURCE_TYPES[resource.type] as ResourceType;
  const args = resolve(resource.arguments, scope) as JsonObject;
  const problems = argumentProblems(resource.address, type, args);
  if (problems.length > 0) throw new UnsupportedConfigurationError(problems);
  return { ...args, ...(await type.apply(args, context)) };
}

function scopeOf(
  applied: ReadonlyMap<string, Attributes>,
  states: ReadonlyMap<string, Attributes>,
  moduleDirectory: string,
): Scope {
  return { moduleDirectory, attributes: (address) => applied.get(address) ?? states.get(address) ?? {} };
}

function throwFailures(failures: readonly ApplyError[]): void {
  const [first] = failures;
  if (first === undefined) return;
  if (failures.length === 1) throw first;
  throw new AggregateError(failures, failures.map(({ message }) => message).join('\n'));
}
