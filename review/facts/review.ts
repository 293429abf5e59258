import { createHash } from 'node:crypto';
import { basename, relative, resolve, sep } from 'node:path';
import { isMap, isUnknown, written } from '../terraform/values.ts';
import { accessOf, type Reasons } from './access.ts';
import { BEYOND_STACKS } from './beyond-stacks.ts';
import { understandingOf } from './coverage.ts';
import { withoutCredentials } from './credentials.ts';
import { exposureOf } from './exposure.ts';
import { BEYOND_GKE, WORKLOAD_TYPE } from './gke.ts';
import { lifecycleOf } from './lifecycle.ts';
import type {
  DeployedBlock,
  DeployedResource,
  Review,
  ReviewedPolicy,
  ReviewedSetting,
  Target,
} from './model.ts';
import { notesOf } from './notes.ts';
import { compareText, type ReviewedBlock, type ReviewedResource, type ReviewedStack } from './resources.ts';
import { secretsOf } from './secrets.ts';
import { servicesOf } from './services.ts';
import { targetOf } from './targets.ts';

/** Everything that a review says of stacks before the policies have looked at them. */
export type Facts = Omit<Review, 'settings' | 'policies'>;

/**
 * Reads the facts out of stacks: nothing in them is written down a second time.
 *
 * @param root absolute path that local files are named from
 * @param project absolute path of what is no part of a digest
 */
export function factsOf(
  stacks: readonly ReviewedStack[],
  root = commonRoot(stacks),
  project = commonRoot(stacks),
): Facts {
  const resources = stacks.flatMap((stack) => stack.resources);
  const services = servicesOf(resources);
  const reasons: Reasons = new Map(stacks.map((stack) => [stack.id, notesOf(stack).reasons]));
  const access = accessOf(resources, reasons);
  const projects = new Set(resources.flatMap(({ project }) => (project === undefined ? [] : [project])));
  return {
    schemaVersion: 2,
    digests: stacks.map((stack) => digestOf(stack, project)),
    projects: [...projects].sort(compareText),
    stacks: stacks.map(({ id }) => id),
    secrets: secretsOf(services, access),
    beyondStacks: [
      ...BEYOND_STACKS,
      ...(resources.some(({ type }) => WORKLOAD_TYPE.test(type)) ? BEYOND_GKE : []),
    ],
    services,
    access,
    exposure: exposureOf(
      resources,
      services.filter(({ address }) => address.startsWith('google_')),
      access,
    ),
    lifecycle: lifecycleOf(resources),
    existing: existingTargets(resources, [...access.map(({ resource }) => resource), ...keysOf(services)]),
    ...understandingOf(stacks, access),
    blocks: stacks.flatMap((stack) => stack.blocks.map((block) => deployedBlock(block, stack, root))),
    resources: stacks.flatMap((stack) => stack.resources.map((one) => deployed(one, stack, root))),
  };
}

/** Facts with what the policies and the caller know. */
export function reviewOf(
  facts: Facts,
  more: { readonly settings: readonly ReviewedSetting[]; readonly policies: readonly ReviewedPolicy[] },
): Review {
  return { ...facts, ...more };
}

/** A file beside or above the folder of its stack, in the JSON text. */
const ABOVE_MODULE = /(?<!\$)\$\{path\.module\}\/(\.\.\/[^"$\\]*)/g;

/** Where the checkout lies, what folder in it was synthesized to, and a state on this machine are no part of what is approved. */
function digestOf({ id, scope }: ReviewedStack, root: string): Review['digests'][number] {
  const hash = createHash('sha256');
  const written = (path: string) => JSON.stringify(path).slice(1, -1);
  const state = scope.localState();
  for (const text of scope.source.texts) {
    // A mark that stands in no JSON text: nothing else has this digest.
    const moved = state === undefined ? text : text.replaceAll(written(state), `\0${basename(state)}`);
    const named = moved.replaceAll(ABOVE_MODULE, (text, file: string) => {
      const path = relative(root, resolve(scope.source.directory, file));
      return path.startsWith('..') ? text : `\0${path.split(sep).join('/')}`;
    });
    hash.update(`${named.replaceAll(written(`${root}${sep}`), '\0')}\0\0`);
  }
  return { stack: id, sha256: hash.digest('hex') };
}

/** The project of a `cdktf.out`, whose folder is the root of what is in it; else the folder of the first stack. */
function commonRoot(stacks: readonly ReviewedStack[]): string {
  const directory = stacks[0]?.scope.source.directory ?? '.';
  const [, project] = /^(.*)[\\/]cdktf\.out[\\/]stacks[\\/][^\\/]+$/s.exec(directory) ?? [];
  return project ?? directory;
}

function keysOf(services: Review['services']): Target[] {
  return services.flatMap(({ secrets }) => secrets.map(({ key }) => ({ kind: 'key', name: key })));
}

function existingTargets(resources: readonly ReviewedResource[], used: readonly Target[]): Target[] {
  const made = new Set(resources.map((resource) => targetOf(resource).name));
  const others = new Map(used.filter(({ name }) => !made.has(name)).map((target) => [target.name, target]));
  return [...others.values()].sort((a, b) => compareText(a.name, b.name));
}

function deployed(resource: ReviewedResource, stack: ReviewedStack, root: string): DeployedResource {
  const { address, path, type } = resource;
  const target = targetOf(resource);
  const name = target.kind === 'grant' ? '' : target.name;
  return { stack: stack.id, address, path, type, name, arguments: argumentsOf(resource, stack, root) };
}

function deployedBlock(block: ReviewedBlock, stack: ReviewedStack, root: string): DeployedBlock {
  const { kind, address, path } = block;
  return { stack: stack.id, address, path, kind, arguments: argumentsOf(block, stack, root) };
}

function argumentsOf({ known }: ReviewedBlock, stack: ReviewedStack, root: string): Record<string, unknown> {
  const { directory } = stack.scope.source;
  return withoutCredentials(withFiles(written(known), directory, root)) as Record<string, unknown>;
}

/** Where the CDK keeps a state on the machine that deploys: another folder is another machine. */
const LOCAL_STATE = /^(?:[A-Za-z]:)?[\\/].*[\\/](terraform\.[\w-]+\.tfstate)$/s;

const IN_MODULE = /^\$\{path\.module\}\/(.*)$/s;

/** Local files below the root are named from it, so that two checkouts can be compared. */
function withFiles(value: unknown, directory: string, root: string): unknown {
  if (Array.isArray(value)) return value.map((item) => withFiles(item, directory, root));
  if (isMap(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, withFiles(item, directory, root)]),
    );
  }
  if (typeof value !== 'string' || isUnknown(value)) return value;
  const state = LOCAL_STATE.exec(value)?.[1];
  if (state !== undefined) return state;
  const file = IN_MODULE.exec(value)?.[1] ?? (value.startsWith(`${root}${sep}`) ? value : undefined);
  if (file === undefined) return value;
  const named = relative(root, resolve(directory, file));
  return named.startsWith('..') ? value : named.split(sep).join('/');
}
