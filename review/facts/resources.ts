import { type Block, nameOf } from '../terraform/stack.ts';
import { addressOf, type StackScope } from '../terraform/stack-scope.ts';
import { isMap, isUnknown, type Unknown } from '../terraform/values.ts';
import { projectName } from './names.ts';

/** One block of a stack with everything in it evaluated, as far as that is certain. */
export interface ReviewedBlock {
  /** Id of the stack. */
  readonly stack: string;
  /** E.g. `resource`, `data`, `provider`, `output`. */
  readonly kind: string;
  /** As Terraform names it inside its stack, e.g. `google_storage_bucket.bucket` or `data.google_project.project`. */
  readonly address: string;
  /** Path of the construct, e.g. `cloud-run-identity/bucket/Default`; stack and address where there is none. */
  readonly path: string;
  /** Arguments evaluated, Terraform's own among them. What is unknown is an {@link Unknown}. */
  readonly known: Readonly<Record<string, unknown>>;
  /** Arguments as they are written. */
  readonly arguments: Readonly<Record<string, unknown>>;
  /** The JSON file that it stands in, and the line. */
  readonly file: string;
  readonly line: number;
}

/** One resource of one stack. */
export interface ReviewedResource extends ReviewedBlock {
  /** E.g. `google_storage_bucket`. */
  readonly type: string;
  /** The project that it belongs to: its own argument, else the provider's; undefined when neither says for certain. */
  readonly project: string | undefined;
  /** Present when nobody can tell how many of it there are. */
  readonly repeated: Unknown | undefined;
}

/** A stack with what it deploys. */
export interface ReviewedStack {
  readonly id: string;
  readonly scope: StackScope;
  readonly resources: readonly ReviewedResource[];
  /** Every other block: data, providers, outputs … */
  readonly blocks: readonly ReviewedBlock[];
}

/** Every block of a stack, by address. */
export function reviewedStack(scope: StackScope): ReviewedStack {
  const { id, blocks } = scope.source;
  const isResource = (block: Block) => block.kind === 'resource';
  return {
    id,
    scope,
    resources: blocks
      .filter(isResource)
      .flatMap((block) => resourcesOf(scope, block))
      .sort((a, b) => compareText(a.address, b.address)),
    blocks: blocks
      .filter((block) => !isResource(block))
      .map((block, index) => otherBlock(scope, block, index))
      .sort((a, b) => compareText(a.address, b.address)),
  };
}

/** Order of texts that is the same on every machine, whatever its language. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function resourcesOf(scope: StackScope, block: Block): ReviewedResource[] {
  return scope.instancesOf(block).map((instance) => {
    const { for_each: _forEach, count: _count, ...known } = scope.argumentsOf(instance);
    return {
      ...placeOf(scope, block, `${addressOf(block)}${instance.key}`),
      type: block.labels[0] ?? '',
      project: projectText(scope.projectOf(block, known)),
      known,
      repeated: instance.repeated,
    };
  });
}

/** A project's number may be that of any project, unless it is the number of one that is known. */
function projectText(project: unknown): string | undefined {
  const text = isUnknown(project) ? project.sameAs : project;
  return typeof text === 'string' ? projectName(text) : undefined;
}

function otherBlock(scope: StackScope, block: Block, index: number): ReviewedBlock {
  const names = new Map<string, unknown>();
  const isNamed = block.labels.length > 0 && block.kind !== 'provider';
  const alias = typeof block.body.alias === 'string' ? `.${block.body.alias}` : '';
  const number = ['import', 'moved', 'removed'].includes(block.kind) ? `[${index}]` : '';
  const address = isNamed ? nameOf(block) : `${nameOf(block)}${alias}${number}`;
  const known = REFERENCES.has(block.kind) ? block.body : scope.argumentsOf({ block, names });
  return { ...placeOf(scope, block, address), known };
}

/** Blocks whose arguments name resources, without being expressions. */
const REFERENCES = new Set(['moved', 'removed', 'variable']);

function placeOf(scope: StackScope, block: Block, address: string): Omit<ReviewedBlock, 'known'> {
  const { '//': comment, ...args } = block.body;
  const metadata = isMap(comment) && isMap(comment.metadata) ? comment.metadata : {};
  const { id } = scope.source;
  const path = typeof metadata.path === 'string' ? metadata.path : `${id}/${address}`;
  const { kind, file, line } = block;
  return { stack: id, kind, address, path, arguments: args, file, line };
}
