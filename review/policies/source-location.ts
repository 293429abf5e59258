import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { ReviewedBlock } from '../facts/resources.ts';

/** A line that a code host can show. */
export interface SourceLocation {
  /** Relative to the root, with forward slashes. */
  readonly file: string;
  /** The first line is 1. */
  readonly line: number;
}

/** Where to look for what makes a resource. */
export interface Sources {
  /** Absolute path that files are named from. @default the current folder */
  readonly root?: string | undefined;
  /** Folder with the code that makes constructs. @default none: resources are shown in their JSON */
  readonly sources?: string | undefined;
}

interface SourceFile {
  readonly file: string;
  readonly text: string;
}

/**
 * Finds where a resource comes from. The CDK keeps no stack traces, so this goes by what the code has to say: the class
 * of the resource's type with the construct's id, if just one place says so. Otherwise it is the line in the
 * synthesized JSON, which is never wrong.
 */
export function sourceLocator({
  root = process.cwd(),
  sources,
}: Sources): (block: ReviewedBlock) => SourceLocation {
  let files: readonly SourceFile[] | undefined;
  return (block) => {
    files ??= sources !== undefined && existsSync(sources) ? filesIn(sources, 0) : [];
    const [found, ...others] = block.kind === 'resource' ? placesOf(block, files) : [];
    const { file, line } = found && others.length === 0 ? found : block;
    return { file: relative(root, file).split(sep).join('/'), line };
  };
}

function placesOf({ address, path }: ReviewedBlock, files: readonly SourceFile[]): SourceLocation[] {
  const name = className(address.split('.')[0] ?? '');
  const id = path.split('/').at(-1) ?? '';
  const quoted = id.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return files.flatMap(({ file, text }) => {
    if (!text.includes(name)) return [];
    const alias = new RegExp(`\\b${name}\\s+as\\s+(\\w+)`).exec(text)?.[1] ?? name;
    const statement = new RegExp(
      `\\bnew\\s+(?:\\w+\\.)?${alias}\\(\\s*[\\w.]+,\\s*['"\`]${quoted}['"\`]`,
      'g',
    );
    return [...text.matchAll(statement)].map(({ index }) => ({ file, line: lineAt(text, index) }));
  });
}

/** `google_storage_bucket` is the class `StorageBucket`, as the CDK generates it. */
function className(type: string): string {
  const words = type.split('_').slice(1);
  return words.map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`).join('');
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

function filesIn(folder: string, depth: number): SourceFile[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const place = join(folder, entry.name);
    if (/^(?:\.|node_modules$|cdktf\.out$)/.test(entry.name) || depth > 8) return [];
    if (entry.isDirectory()) return filesIn(place, depth + 1);
    const isCode = /\.(?:[cm]?[jt]s|tsx)$/.test(entry.name) && !entry.name.endsWith('.d.ts');
    return isCode && entry.isFile() ? [{ file: place, text: readFileSync(place, 'utf8') }] : [];
  });
}
