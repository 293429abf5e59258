import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import type { ReviewedResource } from '../facts/resources.ts';
import { isUnknown } from '../terraform/values.ts';

/** Something about the file that an object's `source` names. */
export interface SourceFile {
  /** As seen from the folder that the review runs in; as it is written where the file is unknown. */
  readonly file: string;
  /** E.g. `is JSON in clear`. */
  readonly problem: string;
}

const IN_MODULE = /^\$\{path\.module\}(\/[^$%]*)$/;

/**
 * Looks into the file that an object's `source` names. Ciphertext is bytes without any form; what can be read as
 * text was never encrypted. A file that is missing or cannot be read is no plaintext: others report that.
 *
 * @param directory where Terraform runs
 * @returns undefined when there is nothing wrong with it; never any of the content
 */
export function problemOfFile(
  { known: { source } }: ReviewedResource,
  directory: string,
): SourceFile | undefined {
  if (source === undefined || source === null) return undefined;
  const inModule = isUnknown(source) ? IN_MODULE.exec(source.text)?.[1] : undefined;
  if (typeof source !== 'string' && inModule === undefined) {
    return { file: String(source), problem: 'is an expression: which file it is, is unknown' };
  }
  // Terraform's `..` leaves the real folder, not the symbolic link that the output folder may be behind.
  const real = existsSync(directory) ? realpathSync(directory) : directory;
  const path = resolve(real, inModule === undefined ? String(source) : `.${inModule}`);
  const kind = kindOf(path);
  return kind === undefined ? undefined : { file: relative(process.cwd(), path), problem: `is ${kind}` };
}

function kindOf(path: string): string | undefined {
  const content = readText(path)?.replace(/^\uFEFF/, '');
  if (content === undefined || content.trim() === '') return undefined;
  try {
    JSON.parse(content);
    return 'JSON in clear';
  } catch {
    return 'text in clear';
  }
}

/** The content when all of it is printable text; UTF-16 is what some editors on Windows save. */
function readText(path: string): string | undefined {
  try {
    const bytes = readFileSync(path);
    const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
    const content = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells bytes from text.
    return /[\0-\x08\x0e-\x1f\x7f]/.test(content) ? undefined : content;
  } catch {
    return undefined;
  }
}
