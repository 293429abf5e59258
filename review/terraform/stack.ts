import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { JsonError, readJson } from './json.ts';
import { isValueFile, readValueFiles } from './value-files.ts';
import { isMap } from './values.ts';

/** One block of a stack: a resource, a provider, an output … */
export interface Block {
  /** E.g. `resource`, `data`, `provider`, `locals`. */
  readonly kind: string;
  /** E.g. `['google_storage_bucket', 'bucket']` of a resource, `['google']` of a provider. */
  readonly labels: readonly string[];
  /** As it is written. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The file that it stands in. */
  readonly file: string;
  /** From 1 on. */
  readonly line: number;
}

/** Something in a stack's files that is no Terraform JSON as it is read here. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  /** As a sentence. */
  readonly why: string;
}

/** One stack as it is written. */
export interface StackSource {
  readonly id: string;
  /** The folder that Terraform runs in. */
  readonly directory: string;
  readonly blocks: readonly Block[];
  /** Values of variables from files beside the stack. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly problems: readonly Problem[];
  /** What stands beside the key `//`: a comment for Terraform. */
  readonly comment: unknown;
  /** All that Terraform reads of the folder, for a digest. */
  readonly texts: readonly string[];
}

/** How many labels a block of each kind has, https://developer.hashicorp.com/terraform/language/syntax/json. */
const LABELS: Readonly<Record<string, number>> = {
  check: 1,
  data: 2,
  ephemeral: 2,
  import: 0,
  locals: 0,
  module: 1,
  moved: 0,
  output: 1,
  provider: 1,
  removed: 0,
  resource: 2,
  terraform: 0,
  variable: 1,
};

/** Reads the Terraform of one folder: every file that Terraform would take. */
export function readStackFolder(directory: string, id: string): StackSource {
  const names = readdirSync(directory)
    .filter((name) => !/^\.|~$|^#/.test(name))
    .sort();
  const isOverride = (name: string) => /(?:^|_)override\.tf\.json$/.test(name);
  const json = names.filter((name) => name.endsWith('.tf.json'));
  const files = [...json.filter((name) => !isOverride(name)), ...json.filter(isOverride)];
  const unread = names.filter((name) => /\.(?:tf|tofu|tofu\.json)$/.test(name));
  const values = names.filter(isValueFile).map((name) => join(directory, name));
  const source = readStackFiles(
    files.map((name) => join(directory, name)),
    directory,
    id,
  );
  return {
    ...source,
    variables: readValueFiles(values),
    texts: [
      ...source.texts,
      ...[...values, ...unread.map((name) => join(directory, name))].map((file) =>
        readFileSync(file, 'utf8'),
      ),
    ],
    problems: [
      ...source.problems,
      ...unread.map((name) => ({
        file: join(directory, name),
        line: 1,
        why: `${name} is not JSON, and Terraform reads it too.`,
      })),
    ],
  };
}

/** Reads one stack from its files; later ones override, as far as their names say so. */
export function readStackFiles(files: readonly string[], directory: string, id: string): StackSource {
  const blocks: Block[] = [];
  const problems: Problem[] = [];
  const texts: string[] = [];
  let comment: unknown;
  for (const file of files) {
    const text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
    texts.push(text);
    try {
      const { value, lineOf } = readJson(text);
      const own = isMap(value) ? value : {};
      comment ??= own['//'];
      const found = blocksOf(own, file, lineOf, problems);
      if (/(?:^|_)override\.tf\.json$/.test(basename(file))) override(blocks, found);
      else blocks.push(...found);
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      const line = Number(/^line (\d+)/.exec(error.message)?.[1] ?? 1);
      problems.push({ file, line, why: `It is no JSON that can be read: ${error.message}.` });
    }
  }
  const twice = [...Map.groupBy(blocks.filter(isUnique), nameOf).values()].filter(({ length }) => length > 1);
  problems.push(
    ...twice.map(([block]) => ({
      file: block?.file ?? '',
      line: block?.line ?? 1,
      why: `${block && nameOf(block)} stands there more than once.`,
    })),
  );
  return { id, directory, blocks, variables: {}, problems, comment, texts };
}

/** The name of a block in its stack, e.g. `resource.google_storage_bucket.bucket`. */
export function nameOf({ kind, labels }: Pick<Block, 'kind' | 'labels'>): string {
  return [kind, ...labels].join('.');
}

function isUnique({ kind }: Block): boolean {
  return LABELS[kind] !== 0 && kind !== 'provider';
}

type LineOf = (object: object) => number | undefined;

function blocksOf(json: Record<string, unknown>, file: string, lineOf: LineOf, problems: Problem[]): Block[] {
  return Object.entries(json).flatMap(([kind, value]) => {
    if (kind === '//') return [];
    const depth = Object.hasOwn(LABELS, kind) ? (LABELS[kind] ?? 0) : undefined;
    if (depth === undefined) {
      const line = isMap(value) ? (lineOf(value) ?? 1) : 1;
      problems.push({ file, line, why: `Blocks of the kind ${JSON.stringify(kind)} are not known here.` });
      return [];
    }
    return labelled(value, depth).map(({ labels, body }) => {
      const line = typeof body === 'object' && body !== null ? (lineOf(body) ?? 1) : 1;
      if (!isMap(body)) problems.push({ file, line, why: `${nameOf({ kind, labels })} is no block.` });
      return { kind, labels, body: isMap(body) ? body : {}, file, line };
    });
  });
}

/** Terraform takes lists of maps wherever it takes a map of blocks. */
function labelled(value: unknown, depth: number): { labels: string[]; body: unknown }[] {
  if (Array.isArray(value)) return value.flatMap((item) => labelled(item, depth));
  if (depth === 0 || !isMap(value)) return [{ labels: [], body: value }];
  return Object.entries(value)
    .filter(([label]) => label !== '//')
    .flatMap(([label, inner]) =>
      labelled(inner, depth - 1).map(({ labels, body }) => ({ labels: [label, ...labels], body })),
    );
}

/** https://developer.hashicorp.com/terraform/language/files/override: argument by argument. */
function override(blocks: Block[], overrides: readonly Block[]): void {
  for (const other of overrides) {
    const index = blocks.findIndex((block) => nameOf(block) === nameOf(other));
    const block = blocks[index];
    if (block === undefined) blocks.push(other);
    else blocks[index] = { ...block, body: { ...block.body, ...other.body } };
  }
}
