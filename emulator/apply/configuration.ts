import { UnsupportedConfigurationError } from './errors.ts';
import { expressionsIn } from './expressions.ts';
import { type Node, sortByDependency } from './order.ts';
import { statesOf } from './remote-states.ts';
import { argumentProblems, type ResourceType } from './resource-type.ts';

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** One resource as configured: its arguments may still hold expressions. */
export interface Resource extends Node {
  readonly type: string;
  readonly name: string;
  readonly arguments: JsonObject;
  /** `all`, or the arguments whose changes are left alone. */
  readonly ignoreChanges: 'all' | readonly string[];
}

/** A synthesized stack that the applier knows from end to end. */
export interface Configuration {
  /** The provider's project. */
  readonly project: string;
  /** In an order in which each comes after what it needs. */
  readonly resources: readonly Resource[];
  /** Outputs by name; a value may hold expressions. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** The stacks whose outputs it reads, by the address that its expressions have for them. */
  readonly states: ReadonlyMap<string, string>;
}

const BLOCKS = ['//', 'terraform', 'provider', 'data', 'resource', 'output', 'import', 'removed'];
const META_ARGUMENTS = ['//', 'depends_on', 'lifecycle'];

/**
 * Reads one stack in Terraform's JSON syntax (`cdk.tf.json`) and refuses what the applier would have to guess at or
 * drop.
 *
 * @param json the parsed file
 * @param types the resource types that can be applied, by name
 * @throws UnsupportedConfigurationError naming every unknown block, resource type, argument, expression, reference
 *   and every cycle
 */
export function readConfiguration(
  json: JsonObject,
  types: Readonly<Record<string, ResourceType>>,
): Configuration {
  const problems: string[] = unknownKeys('', json, BLOCKS);
  const provider = readProvider(problems, json.provider as JsonObject | undefined);
  const resources = new Map<string, Resource>();
  for (const [type, byName] of Object.entries(
    (json.resource ?? {}) as Record<string, Record<string, JsonObject>>,
  )) {
    for (const [name, body] of Object.entries(byName)) {
      const resource = readResource(type, name, body);
      resources.set(resource.address, resource);
      problems.push(...resourceProblems(resource, body, types));
    }
  }
  for (const [type, byName] of Object.entries(dataSourcesOf(json))) {
    for (const [name, body] of Object.entries(byName)) {
      const source = readResource(`data.${type}`, name, body);
      resources.set(source.address, source);
      problems.push(...resourceProblems(source, body, types));
    }
  }
  const outputs = (json.output ?? {}) as Record<string, JsonObject>;
  problems.push(...importProblems(json, resources));
  const states = statesOf(json);
  const known = new Set([...resources.keys(), ...states.keys()]);
  for (const resource of resources.values())
    problems.push(...missingReferences(resource.address, resource.needs, known));
  for (const [name, output] of Object.entries(outputs)) {
    problems.push(...expressionProblems(`output.${name}`, output));
    problems.push(...missingReferences(`output.${name}`, referencesIn(output), known));
  }
  const { sorted, cycles } = sortByDependency(resources);
  problems.push(...cycles.map((cycle) => `dependency cycle: ${cycle}`));
  if (problems.length > 0) throw new UnsupportedConfigurationError(problems);
  return {
    project: provider.project as string,
    resources: sorted,
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, output]) => [name, output.value])),
    states,
  };
}

/** What only says which keys to import. */
const LOOKUPS_FOR_IMPORTS = ['google_kms_key_rings', 'google_kms_crypto_keys'];

/** The look-ups that values come from. Those of other stacks are {@link statesOf}'s. */
function dataSourcesOf({ data = {} }: JsonObject): Record<string, Record<string, JsonObject>> {
  return Object.fromEntries(
    Object.entries(data as Record<string, Record<string, JsonObject>>).filter(
      ([type]) => type !== 'terraform_remote_state' && !LOOKUPS_FOR_IMPORTS.includes(type),
    ),
  );
}

/** An import changes nothing here: what exists is adopted anyway. */
function importProblems(
  { import: imports = [] }: JsonObject,
  known: ReadonlyMap<string, Resource>,
): string[] {
  return (imports as JsonObject[]).flatMap(({ to }, index) =>
    known.has(String(to)) ? [] : [`import[${index}]: there is no ${to}`],
  );
}

function readProvider(problems: string[], providers: JsonObject = {}): JsonObject {
  problems.push(...unknownKeys('provider.', providers, ['google', 'kubernetes']));
  const [provider = {}, ...others] = [(providers.google ?? []) as JsonObject | JsonObject[]].flat();
  if (others.length > 0) problems.push('provider.google: more than one configuration');
  if (typeof provider.project !== 'string') problems.push('provider.google.project: missing argument');
  problems.push(...unknownKeys('provider.google.', provider, ['project', 'region']));
  problems.push(...expressionsIn(provider).map(() => 'provider.google: expressions are not known here'));
  return provider;
}

function readResource(type: string, name: string, body: JsonObject): Resource {
  const address = `${type}.${name}`;
  const args = Object.fromEntries(Object.entries(body).filter(([key]) => !META_ARGUMENTS.includes(key)));
  const dependsOn = (body.depends_on ?? []) as readonly string[];
  const lifecycle = (body.lifecycle ?? {}) as JsonObject;
  return {
    address,
    type,
    name,
    arguments: args,
    needs: new Set([...dependsOn, ...referencesIn(args)]),
    ignoreChanges: (lifecycle.ignore_changes ?? []) as Resource['ignoreChanges'],
  };
}

function resourceProblems(
  resource: Resource,
  body: JsonObject,
  types: Readonly<Record<string, ResourceType>>,
): string[] {
  const { address } = resource;
  const type = Object.hasOwn(types, resource.type) ? types[resource.type] : undefined;
  if (type === undefined)
    return [`${address}: unknown resource type (known: ${Object.keys(types).join(', ')})`];
  const lifecycle = (body.lifecycle ?? {}) as JsonObject;
  const problems = unknownKeys(`${address}.lifecycle.`, lifecycle, [
    'prevent_destroy',
    'create_before_destroy',
    'ignore_changes',
  ]);
  const { ignore_changes: ignored = [] } = lifecycle;
  const isKnown = (name: unknown) =>
    Object.hasOwn(Object(type.arguments).properties ?? {}, String(name).replace(/[.[].*$/s, ''));
  if (ignored !== 'all' && !(Array.isArray(ignored) && ignored.every(isKnown))) {
    problems.push(`${address}.lifecycle.ignore_changes: neither "all" nor a list of arguments`);
  }
  problems.push(...argumentProblems(address, type, resource.arguments));
  problems.push(...expressionProblems(address, resource.arguments));
  return problems;
}

function expressionProblems(address: string, value: unknown): string[] {
  return expressionsIn(value).flatMap((expression) =>
    expression.kind === 'unknown' ? [`${address}: unknown expression ${expression.text}`] : [],
  );
}

function referencesIn(value: unknown): Set<string> {
  return new Set(expressionsIn(value).flatMap((item) => (item.kind === 'reference' ? [item.address] : [])));
}

function missingReferences(address: string, needs: Iterable<string>, known: ReadonlySet<string>): string[] {
  return [...needs]
    .filter((needed) => !known.has(needed))
    .map((needed) => `${address}: there is no ${needed}`);
}

function unknownKeys(prefix: string, value: JsonObject, known: readonly string[]): string[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => `${prefix}${key}: unknown (known: ${known.join(', ')})`);
}
