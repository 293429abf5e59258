import type { DeployedBlock, DeployedResource, Review } from '../facts/model.ts';
import { compareText } from '../facts/resources.ts';
import { isMap, leavesOf } from '../terraform/values.ts';
import type { ArgumentChange } from './model.ts';

/** A resource or another block of a stack. */
export type Part = DeployedResource | DeployedBlock;

/** One part, before and after. */
export interface Pair {
  readonly before: Part | undefined;
  readonly after: Part | undefined;
  /** What differs, down to the leaf. */
  readonly changes: readonly ArgumentChange[];
}

/** Finds what each part was before: the one at its address, else the same thing under another one. */
export function pairsOf(before: Review, after: Review): Pair[] {
  const old = new Map([...before.resources, ...before.blocks].map((part) => [addressOf(part), part]));
  const now = [...after.resources, ...after.blocks];
  const taken = new Set<Part>();
  const found = new Map<Part, Part>();
  const take = (part: Part, earlier: Part | undefined) => {
    if (earlier === undefined || taken.has(earlier)) return;
    taken.add(earlier);
    found.set(part, earlier);
  };
  for (const part of now) if (!isNumbered(part)) take(part, old.get(addressOf(part)));
  for (const keyOf of [nameOf, contentOf]) {
    const rest = Map.groupBy(
      [...old.values()].filter((part) => !taken.has(part)),
      keyOf,
    );
    for (const part of now) {
      const key = keyOf(part);
      if (!found.has(part) && key !== undefined)
        take(
          part,
          rest.get(key)?.find((one) => !taken.has(one)),
        );
    }
  }
  const pairs = now.map((part) => pair(found.get(part), part));
  const removed = [...old.values()].filter((part) => !taken.has(part)).map((part) => pair(part, undefined));
  return [...pairs, ...removed].sort((a, b) => compareText(keyOfPair(a), keyOfPair(b)));
}

/** Blocks without a name of their own. */
function isNumbered(part: Part): boolean {
  return 'kind' in part && /\[\d+\]$/.test(part.address);
}

function addressOf(part: Part): string {
  return JSON.stringify([part.stack, 'kind' in part ? part.kind : part.type, part.address]);
}

/** What it is in Google Cloud; undefined where the name is unknown or none. */
function nameOf(part: Part): string | undefined {
  if ('kind' in part || part.name === '' || part.name.includes('${')) return undefined;
  return JSON.stringify([part.type, part.name]);
}

function contentOf(part: Part): string {
  const { depends_on: _order, ...args } = part.arguments;
  return JSON.stringify([
    'kind' in part ? part.kind : part.type,
    Object.entries(args).sort(([a], [b]) => compareText(a, b)),
  ]);
}

function keyOfPair({ before, after }: Pair): string {
  return addressOf((after ?? before) as Part);
}

function pair(before: Part | undefined, after: Part | undefined): Pair {
  return { before, after, changes: argumentChanges(before?.arguments ?? {}, after?.arguments ?? {}) };
}

type Arguments = Part['arguments'];

function argumentChanges(before: Arguments, after: Arguments): ArgumentChange[] {
  const [old, now] = [leaves(before), leaves(after)];
  const paths = [...new Set([...old.keys(), ...now.keys()])].sort(compareText);
  return paths
    .filter((path) => JSON.stringify(old.get(path)) !== JSON.stringify(now.get(path)))
    .map((path) => ({ path, before: old.get(path), after: now.get(path) }));
}

/** The order in which Terraform works is not a change of what is deployed. */
function leaves({ depends_on: _order, ...args }: Arguments): Map<string, unknown> {
  return new Map(leavesOf(byName(args)).filter(([path]) => path !== ''));
}

/** Variables of an environment are told apart by their names, wherever they stand in the list. */
function byName(value: unknown): unknown {
  if (Array.isArray(value)) {
    const names = value.map((item) => (isMap(item) ? item.name : undefined));
    const isEnvironment =
      value.length > 0 && value.every((item) => isMap(item) && 'name' in item && 'value' in item);
    if (!isEnvironment || new Set(names).size < value.length) return value.map(byName);
    return Object.fromEntries(value.map(({ name, ...item }) => [String(name), item]));
  }
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, byName(item)]));
}
