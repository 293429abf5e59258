import { addressOf } from '../terraform/stack-scope.ts';
import { isUnknown, type Unknown } from '../terraform/values.ts';
import { assumptionsOf } from '../terraform/variables.ts';
import { grantedOn } from './access.ts';
import { isFollowed } from './grant-targets.ts';
import type { Access, Coverage, NotReviewed, Origin, UnknownPart } from './model.ts';
import type { ReviewedBlock, ReviewedResource, ReviewedStack } from './resources.ts';
import { isUnderstood, type Leaf, leavesOfBlock, type Weight, weightOfArgument } from './understood.ts';

/** What of the stacks is understood, and what is not. */
export interface Understanding {
  readonly coverage: Coverage;
  readonly notReviewed: readonly NotReviewed[];
  readonly unknown: readonly UnknownPart[];
}

/** Counts every argument of every block, and lists those that are not understood or that nobody can tell yet. */
export function understandingOf(stacks: readonly ReviewedStack[], access: readonly Access[]): Understanding {
  const blocks = stacks.flatMap(({ resources, blocks: others }) => [...resources, ...others]);
  const leaves = blocks.map((block) => ({ block, leaves: leavesOfBlock(block) }));
  const all = leaves.flatMap((one) => one.leaves);
  return {
    coverage: { arguments: all.length, understood: all.filter(isClear).length },
    notReviewed: [
      ...stacks.flatMap(problemsOf),
      ...leaves.flatMap(({ block, leaves: own }) => notUnderstood(block, own)),
      ...stacks.flatMap(assumed),
    ],
    unknown: [
      ...leaves.flatMap(({ block, leaves: own }) => unknownParts(block, own)),
      ...access.flatMap(unknownPrincipals),
    ],
  };
}

function isClear({ weight, value }: Leaf): boolean {
  return weight !== undefined && (!isUnknown(value) || value.isComputed || UNASKED.has(weight));
}

/** What need not be known: it gives nothing. */
const UNASKED: ReadonlySet<Weight> = new Set(['guard', 'harmless']);

function originOf({ stack, address, path }: Origin): Origin {
  return { stack, address, path };
}

function problemsOf({ id, scope }: ReviewedStack): NotReviewed[] {
  return scope.source.problems.map(({ line, why }) => ({
    stack: id,
    address: `line ${line}`,
    path: id,
    why,
  }));
}

/** What takes the default of a variable: whoever deploys may set another. */
function assumed({ id, scope }: ReviewedStack): NotReviewed[] {
  return scope.source.blocks.flatMap((block) => {
    const address = addressOf(block);
    const named = { kind: block.kind, address };
    const found = DEFERRED.has(block.kind)
      ? []
      : assumptionsOf(scope, block, (argument) => weightOfArgument(named, argument) === 'harmless');
    if (found.length === 0) return [];
    const variables = [...new Set(found.map(({ variable }) => variable))];
    const names = shortList([...new Set(found.map(({ argument }) => argument))]);
    const why =
      `With another value than the default of ${variables.map((name) => `var.${name}`).join(', ')}, ` +
      `${names} may be anything. Whoever deploys can set it: TF_VAR_${variables[0]}, -var, -var-file. ` +
      'A file terraform.tfvars.json beside the stack pins it.';
    return [{ stack: id, address, path: `${id}/${address}`, why }];
  });
}

function notUnderstood(block: ReviewedBlock, leaves: readonly Leaf[]): NotReviewed[] {
  const origin = originOf(block);
  if (!isUnderstood(block)) return [{ ...origin, why: whyNot(block) }];
  const names = leaves.filter(({ weight }) => weight === undefined).map(({ at }) => at);
  if (names.length === 0) return [];
  return [{ ...origin, why: `This review does not know what ${shortList(names)} may give.` }];
}

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more arguments` : shown;
}

function whyNot(block: ReviewedBlock): string {
  if (block.kind === 'module') return 'What a module makes is not in the stack. A plan has it: review that.';
  if (block.kind !== 'resource')
    return `This review does not know what ${block.address.split('.').slice(0, 2).join('.')} gives.`;
  const { type } = block as ReviewedResource;
  const base = grantedOn(block as ReviewedResource);
  if (base === undefined || isFollowed(base)) return `This review does not know what access ${type} gives.`;
  return `The grant is in the access matrix, but not followed to the secrets behind ${base}.`;
}

/** Where an unknown decides about access, or about what runs. */
function unknownParts(block: ReviewedBlock, leaves: readonly Leaf[]): UnknownPart[] {
  const parts = leaves.flatMap(({ at, value, weight }) => {
    if (!isUnknown(value) || value.isComputed || (weight && UNASKED.has(weight))) return [];
    // Whatever a grant is on: who gets what must be known.
    if (weight === undefined && grantedOn({ type: block.address.split('.')[0] ?? '' }) === undefined)
      return [];
    return DEFERRED.has(block.kind) ? [] : [part(block, at, value)];
  });
  const { repeated } = block as Partial<ReviewedResource>;
  return repeated ? [part(block, 'for_each', repeated), ...parts] : parts;
}

/** What these say is looked at where it is used. */
const DEFERRED = new Set(['import', 'locals', 'variable']);

function part(block: ReviewedBlock, argument: string, { text, reason }: Unknown): UnknownPart {
  return { ...originOf(block), argument, text, why: reason };
}

/** Members that are written down, but in no form that IAM has. */
function unknownPrincipals(row: Access): UnknownPart[] {
  const { principal, unknown, resource } = row;
  if (!unknown.includes('principal') && !unknown.includes('resource')) return [];
  if (principal.includes('${') || resource.name.includes('${')) return [];
  const isMember = unknown.includes('principal');
  return [
    {
      ...originOf(row),
      argument: isMember ? 'member' : 'the resource that it is on',
      text: isMember ? principal : resource.name,
      why: 'it has no form that names one for certain',
    },
  ];
}
