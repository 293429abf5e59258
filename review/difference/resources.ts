import type { DeployedResource } from '../facts/model.ts';
import type { ResourceChange } from './model.ts';
import type { Pair, Part } from './pairs.ts';
import { forcesReplacement } from './replacement.ts';

/** What the next deployment adds, changes, replaces, moves and removes. */
export function resourceChanges(pairs: readonly Pair[]): ResourceChange[] {
  return pairs.flatMap((pair) => {
    const change = changeOf(pair);
    return change ? [change] : [];
  });
}

type Change = ResourceChange['change'];

function row(change: Change, part: Part, args: Pair['changes'], note: string): ResourceChange {
  const { stack, address } = part;
  return { change, stack, address, type: 'kind' in part ? part.kind : part.type, arguments: args, note };
}

function changeOf({ before, after, changes }: Pair): ResourceChange | undefined {
  if (after === undefined) return before && row('removed', before, [], removalNote(before));
  if (before === undefined) return row('added', after, [], '');
  if (changes.length === 0) {
    const isSame = before.address === after.address && before.stack === after.stack;
    const isNumbered = 'kind' in after;
    return isSame || isNumbered
      ? undefined
      : row('moved', after, [], `It was ${before.address} in ${before.stack}.`);
  }
  if ('kind' in after) return row('changed', after, changes, '');
  const replaces = changes
    .map(({ path }) => firstOf(path))
    .some((argument) => !isIgnored(after, argument) && forcesReplacement(after.type, argument));
  if (replaces) {
    const note = isProtected(after) ? 'Terraform refuses to replace it: prevent_destroy.' : '';
    return row('replaced', after, changes, note);
  }
  const ignored = changes.every(({ path }) => isIgnored(after, firstOf(path)));
  return row('changed', after, changes, ignored ? 'Terraform ignores it: ignore_changes.' : '');
}

function firstOf(path: string): string {
  return path.split(/[.[]/)[0] ?? '';
}

function removalNote(part: Part): string {
  return 'type' in part && isProtected(part)
    ? 'Its prevent_destroy is removed with it: the next deployment destroys it.'
    : '';
}

function lifecycleOf({ arguments: args }: DeployedResource) {
  const [lifecycle] = [args.lifecycle ?? {}].flat();
  return lifecycle as { prevent_destroy?: boolean; ignore_changes?: string | readonly string[] };
}

function isProtected(resource: DeployedResource): boolean {
  return lifecycleOf(resource).prevent_destroy === true;
}

/** Whether Terraform leaves an argument of a resource as it is, whatever is written. */
export function isIgnored(resource: DeployedResource, argument: string): boolean {
  const { ignore_changes: ignored = [] } = lifecycleOf(resource);
  return argument !== 'lifecycle' && (ignored === 'all' || ignored.includes(argument));
}
