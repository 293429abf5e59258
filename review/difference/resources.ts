import type { DeployedResource } from '../facts/model.ts';
import { compareText } from '../facts/resources.ts';
import type { ArgumentChange, ResourceChange } from './model.ts';
import { forcesReplacement } from './replacement.ts';

/** What the next deployment adds, changes, replaces and removes, by stack and address. */
export function resourceChanges(
  before: readonly DeployedResource[],
  after: readonly DeployedResource[],
): ResourceChange[] {
  const old = new Map(before.map((resource) => [idOf(resource), resource]));
  const now = new Set(after.map(idOf));
  const removed = before.filter((resource) => !now.has(idOf(resource))).map(removal);
  const others = after.flatMap((resource) => {
    const earlier = old.get(idOf(resource));
    return earlier ? difference(earlier, resource) : [change('added', resource, [], '')];
  });
  return [...others, ...removed].sort((a, b) => compareText(idOf(a), idOf(b)));
}

function idOf({ stack, address }: { readonly stack: string; readonly address: string }): string {
  return JSON.stringify([stack, address]);
}

function change(
  kind: ResourceChange['change'],
  { stack, address, type }: DeployedResource,
  args: readonly ArgumentChange[],
  note: string,
): ResourceChange {
  return { change: kind, stack, address, type, arguments: args, note };
}

function removal(resource: DeployedResource): ResourceChange {
  const note = isProtected(resource)
    ? 'Its prevent_destroy is removed with it: the next deployment destroys it.'
    : '';
  return change('removed', resource, [], note);
}

function difference(before: DeployedResource, after: DeployedResource): ResourceChange[] {
  const changes = argumentChanges(before.arguments, after.arguments);
  if (changes.length === 0) return [];
  const ignored = ignoredBy(after);
  const replaces = changes
    .map(({ path }) => path.split(/[.[]/)[0] ?? '')
    .some((argument) => !ignored(argument) && forcesReplacement(after.type, argument));
  if (replaces) {
    const note = isProtected(after) ? 'Terraform refuses to replace it: prevent_destroy.' : '';
    return [change('replaced', after, changes, note)];
  }
  const isIgnored = changes.every(({ path }) => ignored(path.split(/[.[]/)[0] ?? ''));
  return [change('changed', after, changes, isIgnored ? 'Terraform ignores it: ignore_changes.' : '')];
}

function lifecycleOf({ arguments: args }: DeployedResource) {
  return (args.lifecycle ?? {}) as { prevent_destroy?: boolean; ignore_changes?: string | readonly string[] };
}

function isProtected(resource: DeployedResource): boolean {
  return lifecycleOf(resource).prevent_destroy === true;
}

function ignoredBy(resource: DeployedResource): (argument: string) => boolean {
  const { ignore_changes: ignored = [] } = lifecycleOf(resource);
  return (argument) => argument !== 'lifecycle' && (ignored === 'all' || ignored.includes(argument));
}

/** The order in which Terraform works is not a change of what is deployed. */
const NOT_DEPLOYED = new Set(['depends_on']);

function argumentChanges(before: DeployedResource['arguments'], after: DeployedResource['arguments']) {
  const [old, now] = [leavesOf(before), leavesOf(after)];
  const paths = [...new Set([...old.keys(), ...now.keys()])].sort(compareText);
  return paths
    .filter((path) => JSON.stringify(old.get(path)) !== JSON.stringify(now.get(path)))
    .map((path) => ({ path, before: old.get(path), after: now.get(path) }));
}

function leavesOf(args: DeployedResource['arguments']): Map<string, unknown> {
  const deployed = Object.entries(args).filter(([name]) => !NOT_DEPLOYED.has(name));
  return new Map(deployed.flatMap(([name, value]) => leaves(name, value)));
}

function leaves(path: string, value: unknown): [string, unknown][] {
  if (Array.isArray(value) && value.length > 0) {
    return value.flatMap((item, index) => leaves(`${path}[${index}]`, item));
  }
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  const entries = isMap ? Object.entries(value) : [];
  if (entries.length === 0) return [[path, value]];
  return entries.flatMap(([name, item]) => leaves(`${path}.${name}`, item));
}
