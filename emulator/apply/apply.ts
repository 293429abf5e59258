import { type ApiTarget, googleApi } from './api.ts';
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

/** A synthesized stack and where it is applied. */
export interface ApplyOptions {
  /** The parsed `cdk.tf.json`. */
  readonly stack: JsonObject;
  /** Absolute path of the folder that holds it: what `path.module` stands for. */
  readonly stackDirectory: string;
  readonly target: ApiTarget;
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
  const resources = await applyResources(configuration, options);
  const outputs = resolve(configuration.outputs, scopeOf(resources, options.stackDirectory)) as JsonObject;
  return { resources, outputs };
}

async function applyResources(
  { project, resources }: Configuration,
  { stackDirectory, target, onProgress }: ApplyOptions,
): Promise<ReadonlyMap<string, Attributes>> {
  const api = googleApi(target);
  const applied = new Map<string, Attributes>();
  const failures: ApplyError[] = [];
  const running = new Map<string, Promise<void>>();
  const apply = async (resource: Resource): Promise<void> => {
    await Promise.all([...resource.needs].map((address) => running.get(address)));
    if (failures.length > 0) return;
    onProgress?.({ address: resource.address, done: applied.size, total: resources.length });
    try {
      const context = { api, project, ignoreChanges: resource.ignoreChanges };
      applied.set(resource.address, await applyOne(resource, context, scopeOf(applied, stackDirectory)));
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

function scopeOf(applied: ReadonlyMap<string, Attributes>, moduleDirectory: string): Scope {
  return { moduleDirectory, attributes: (address) => applied.get(address) ?? {} };
}

function throwFailures(failures: readonly ApplyError[]): void {
  const [first] = failures;
  if (first === undefined) return;
  if (failures.length === 1) throw first;
  throw new AggregateError(failures, failures.map(({ message }) => message).join('\n'));
}
