import { LEFT_OUT } from '../facts/credentials.ts';
import type { Review } from '../facts/model.ts';
import { type Weight, weightOfArgument } from '../facts/understood.ts';
import { leavesOf } from '../terraform/values.ts';
import type { AccessChange, ArgumentChange } from './model.ts';
import type { Pair, Part } from './pairs.ts';
import { isIgnored } from './resources.ts';
import { argumentText } from './text.ts';

/** Changes of arguments that may widen access, though no fact says how. */
export function weightyChanges(pairs: readonly Pair[], before: Review, after: Review): AccessChange[] {
  const isOpen = [before, after].some(({ unknown, notReviewed }) => unknown.length + notReviewed.length > 0);
  return pairs.flatMap((pair) => {
    const part = pair.after ?? pair.before;
    if (part === undefined) return [];
    return pair.changes
      .filter((change) => weighs(part, pair, change, isOpen))
      .map((change) => ({
        direction: 'gained',
        kind: 'argument',
        who: `${part.stack}: ${part.address}`,
        what: `${weightOf(part, change.path) === 'guard' ? 'may keep less watch' : 'may give more'}: ${argumentText(change)}`,
        permissions: [],
        address: part.address,
      }));
  });
}

/** What is gone gives no access, unless it took some away, kept watch, or nobody knows what it did. */
function weighsWhenGone(part: Part): boolean {
  if ('kind' in part) return part.kind !== 'data' && part.kind !== 'output';
  return weightOf(part, undefined) === undefined;
}

function weighs(part: Part, { before, after }: Pair, change: ArgumentChange, isOpen: boolean): boolean {
  const argument = change.path.split(/[.[]/)[0] ?? '';
  const isLeft = [before, after].every(
    (one) => one !== undefined && 'type' in one && isIgnored(one, argument),
  );
  if (isLeft) return false;
  const weight = weightOf(part, change.path);
  const isOutput = 'kind' in part && part.kind === 'output';
  if (weight === 'guard') return before !== undefined && !(isOutput && after === undefined);
  if (after === undefined && !weighsWhenGone(part)) return false;
  if (weight === 'image') return imageWeighs(change, 'kind' in part || part.type.startsWith('docker_'));
  // What a local or a variable says is looked at where it is used, as far as that is known.
  if ('kind' in part && (part.kind === 'locals' || part.kind === 'variable'))
    return isOpen && weight !== 'harmless';
  return weight === undefined || weight === 'weighty';
}

function weightOf(part: Part, path: string | undefined): Weight | undefined {
  return weightOfArgument({ kind: 'kind' in part ? part.kind : 'resource', address: part.address }, path);
}

/** Another digest of the same image is a release; another image, or another tag, may be anything. */
function imageWeighs({ before, after }: ArgumentChange, isBuilt: boolean): boolean {
  const [old, now] = [before, after].map((image) => String(image));
  const nameOf = (image = '') => image.replace(/@.*$/s, '').replace(/:[^/:]*$/, '');
  const isPinned = (image = '') =>
    isBuilt || /@(?:sha256:[0-9a-f]{64}|\$\{[^}]*sha256_digest\})$/.test(image);
  return nameOf(old) !== nameOf(now) || !isPinned(now);
}

/** Where a value is left out because it looks like a credential, it cannot be compared. */
export function hiddenChanges(before: Review, after: Review): AccessChange[] {
  const digests = new Map(before.digests.map(({ stack, sha256 }) => [stack, sha256]));
  const hiding = new Set(
    [...after.resources, ...after.blocks]
      .filter(({ arguments: args }) => leavesOf(args).some(([, leaf]) => String(leaf).startsWith(LEFT_OUT)))
      .map(({ stack }) => stack),
  );
  return after.digests
    .filter(({ stack, sha256 }) => hiding.has(stack) && digests.has(stack) && digests.get(stack) !== sha256)
    .map(({ stack }) => ({
      direction: 'gained',
      kind: 'not reviewed',
      who: stack,
      what: 'holds what looks like a credential and is left out here; it may have changed',
      permissions: [],
      address: null,
    }));
}
