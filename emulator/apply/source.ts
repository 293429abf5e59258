import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { JsonObject } from './configuration.ts';
import { UnsupportedConfigurationError } from './errors.ts';
import { sortByDependency } from './order.ts';
import { statesOf } from './remote-states.ts';

/**
 * What is to be applied: the folder of a synthesis (`cdktf.out`), the folder of one stack, a file in Terraform's JSON
 * syntax, one that was parsed already, or several of these. Paths are taken from the working directory.
 */
export type ApplySource = string | JsonObject | readonly (string | JsonObject)[];

/** A synthesized stack. */
export interface StackSource {
  /** The stack's name; that of its folder or file where no manifest has one. */
  readonly name: string;
  readonly stack: JsonObject;
  /** What `path.module` stands for. */
  readonly stackDirectory: string;
  /** Names of the stacks that come before it, as far as it says so. */
  readonly dependencies: readonly string[];
}

/** The part of cdktf's manifest.json that counts here. */
interface Manifest {
  readonly stacks: Readonly<
    Record<string, { name: string; synthesizedStackPath: string; dependencies?: readonly string[] }>
  >;
}

const STACK_FILE = 'cdk.tf.json';

/**
 * Finds the stacks, in an order in which each comes after those that it takes values from.
 * @throws UnsupportedConfigurationError where there is no stack, or stacks need each other in a circle
 */
export function readStackSources(source: ApplySource): readonly StackSource[] {
  const found = [source].flat().flatMap((item) => stacksIn(item as string | JsonObject));
  const names = new Set(found.map(({ name }) => name));
  const wants = (item: StackSource) => [...item.dependencies, ...statesOf(item.stack).values()];
  const enabling = found.filter(enablesServices);
  const nodes = new Map(
    found.map((item) => {
      // What enables APIs comes before what uses them, whether a stack says so or not.
      const before = enablesServices(item)
        ? []
        : enabling.filter((other) => !wants(other).includes(item.name));
      const wanted = [...wants(item), ...before.map(({ name }) => name)];
      return [
        item.name,
        { ...item, address: item.name, needs: new Set(wanted.filter((name) => names.has(name))) },
      ];
    }),
  );
  const { sorted, cycles } = sortByDependency(nodes);
  if (cycles.length === 0) return sorted;
  throw new UnsupportedConfigurationError(cycles.map((cycle) => `stacks need each other: ${cycle}`));
}

/**
 * The project and region that the stacks' provider names.
 * @throws UnsupportedConfigurationError where they name several projects: a local cloud holds one
 */
export function providerOf(stacks: readonly StackSource[]): { projectId?: string; region?: string } {
  const providers = stacks.flatMap(({ stack }) => {
    const { google = [] } = (stack.provider ?? {}) as { google?: JsonObject | JsonObject[] };
    return [google].flat();
  });
  const all = (field: string) => [
    ...new Set(providers.map((provider) => provider[field]).filter((value) => typeof value === 'string')),
  ];
  const [projectId, ...others] = all('project');
  if (others.length > 0) {
    const projects = [projectId, ...others].join(', ');
    throw new UnsupportedConfigurationError([
      `the stacks ${stacks.map(({ name }) => name).join(', ')} belong to the projects ${projects}, and a local cloud holds one: apply the stacks of one project`,
    ]);
  }
  const [region] = all('region');
  return { ...(projectId && { projectId }), ...(region && { region }) };
}

/** Whether a stack enables APIs of its project itself. */
export function enablesServices({ stack }: StackSource): boolean {
  return 'google_project_service' in ((stack.resource ?? {}) as object);
}

function stacksIn(source: string | JsonObject): StackSource[] {
  if (typeof source !== 'string') {
    return [{ name: 'stack', stack: source, stackDirectory: process.cwd(), dependencies: [] }];
  }
  const place = path.resolve(source);
  if (place.endsWith('.json')) return [stackIn(place, path.parse(place).name.replace(/\.tf$/, ''))];
  if (existsSync(path.join(place, 'manifest.json'))) return stacksOfManifest(place);
  if (existsSync(path.join(place, STACK_FILE))) {
    return [stackIn(path.join(place, STACK_FILE), path.basename(place))];
  }
  const folder = path.join(place, 'stacks');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  if (names.length > 0) return names.map((name) => stackIn(path.join(folder, name, STACK_FILE), name));
  throw new UnsupportedConfigurationError([
    `${place} holds no synthesis: no manifest.json, no ${STACK_FILE}. Make one: npx ${kitAt(place)} synth`,
  ]);
}

/** The command line that the folder's project has: cdktf's, or that of its successor CDK Terrain. */
function kitAt(place: string): string {
  const kits = ['cdktf', 'cdktn'];
  for (let folder = place; ; folder = path.dirname(folder)) {
    const installed = kits.find((kit) => existsSync(path.join(folder, 'node_modules', '.bin', kit)));
    if (installed) return installed;
    if (folder === path.dirname(folder)) return 'cdktf';
  }
}

function stacksOfManifest(place: string): StackSource[] {
  const { stacks } = readJson(path.join(place, 'manifest.json')) as unknown as Manifest;
  return Object.values(stacks).map(({ name, synthesizedStackPath, dependencies = [] }) =>
    stackIn(path.join(place, synthesizedStackPath), name, dependencies),
  );
}

function stackIn(file: string, name: string, dependencies: readonly string[] = []): StackSource {
  return { name, stack: readJson(file), stackDirectory: path.dirname(file), dependencies };
}

function readJson(file: string): JsonObject {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JsonObject;
  } catch (error) {
    throw new UnsupportedConfigurationError([`${file} cannot be read: ${(error as Error).message}`]);
  }
}
