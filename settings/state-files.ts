import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, parseJson } from './rule.ts';

/** Absolute paths of the two stacks' local states. */
export interface StateFiles {
  readonly foundation: string;
  readonly service: string;
}

/** One thing that a state says is deployed. */
export interface DeployedResource {
  /** Without its module: there are none. */
  readonly address: string;
  readonly type: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/**
 * Where the stacks' states are: in a folder of the project's own, so that two projects never share one. A state that an
 * earlier version left beside cdktf.json, or in the folder itself, is used where it is if it is this project's.
 *
 * @param directory absolute path of the setting `stateDirectory`
 */
export function stateFilesOf(
  stacks: StateFiles,
  projectId: string,
  { projectRoot, directory }: { readonly projectRoot: string; readonly directory?: string | undefined },
): StateFiles {
  const at = (stack: string) => {
    const name = `terraform.${stack}.tfstate`;
    // A project of a domain has a colon, which no folder of Windows may have.
    const own = join(directory ?? join(projectRoot, 'state'), projectId.replace(':', '_'), name);
    const before = join(directory ?? projectRoot, name);
    return existsSync(own) || !isStateOf(before, projectId) ? own : before;
  };
  return { foundation: at(stacks.foundation), service: at(stacks.service) };
}

/** What a local state says is deployed; nothing where there is no such file, or it is no state. */
export function deployedIn(file: string): DeployedResource[] {
  const state = existsSync(file) ? parseJson(readFileSync(file, 'utf8')) : undefined;
  const resources = isObject(state) && Array.isArray(state.resources) ? (state.resources as unknown[]) : [];
  return resources.filter(isObject).flatMap(({ mode, type, name, instances }) => {
    if (mode !== 'managed' || !Array.isArray(instances)) return [];
    return instances.filter(isObject).map(({ attributes }) => ({
      address: `${type}.${name}`,
      type: String(type),
      attributes: isObject(attributes) ? attributes : {},
    }));
  });
}

/** The projects that a state has made something in. */
export function projectsOf(deployed: readonly DeployedResource[]): Set<string> {
  return new Set(
    deployed.flatMap(({ attributes: { project } }) =>
      typeof project === 'string' && project ? [project] : [],
    ),
  );
}

function isStateOf(file: string, projectId: string): boolean {
  return projectsOf(deployedIn(file)).has(projectId);
}
