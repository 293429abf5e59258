import { readFileSync, realpathSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { App } from 'cdktf';
import type { ReviewedResource } from '../facts/resources.ts';
import { text } from './arguments.ts';

/** A file that is to be uploaded and is not encrypted. */
export interface PlaintextFile {
  /** As seen from the folder in which synthesis runs. */
  readonly file: string;
  /** E.g. `JSON in clear`. */
  readonly kind: string;
}

/**
 * Looks into the file that an object's `source` names. Ciphertext is bytes without any form; what can be read as
 * text was never encrypted. A file that is missing or cannot be read is no plaintext: others report that.
 *
 * @returns undefined when it is not plaintext; never any of the content
 */
export function plaintextOf(resource: ReviewedResource): PlaintextFile | undefined {
  const source = text(resource.arguments.source);
  if (source === undefined) return undefined;
  // Terraform's `..` leaves the real folder, not the symbolic link that the output folder may be behind.
  const outdir = realpathSync(App.of(resource.construct).outdir);
  const module = join(outdir, 'stacks', resource.stack);
  const path = resolve(source.replace(`\${path.module}`, module));
  const kind = kindOf(path);
  return kind === undefined ? undefined : { file: relative(process.cwd(), path), kind };
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
