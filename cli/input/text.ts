import { CommandError } from '../errors.ts';

/** Encodings that text can be read in. */
export const ENCODINGS = ['utf-8', 'utf-16'] as const;

/** One of them. */
export type Encoding = (typeof ENCODINGS)[number];

/**
 * Reads bytes as text, exactly or not at all: UTF-8, whose byte order mark is left out; UTF-16 only when it is asked
 * for. Nothing is replaced, and none of the text is in an error.
 *
 * @param source what the bytes are, for the error: a file's name, `standard input`
 * @throws CommandError naming what they are instead, and how to convert them
 */
export function decodeText(bytes: Uint8Array, source: string, encoding: Encoding = 'utf-8'): string {
  const [first = 0, second = 0] = bytes;
  const isBigEndian = first === 0xfe && second === 0xff;
  if (encoding === 'utf-16') return decode(isBigEndian ? 'utf-16be' : 'utf-16le', bytes, source);
  if (isBigEndian || (first === 0xff && second === 0xfe) || looksLikeUtf16(bytes)) {
    throw new CommandError(
      `${source} is UTF-16 text, as Windows PowerShell writes with >: add --encoding utf-16, ` +
        'or write it as UTF-8, in PowerShell with Set-Content -Encoding utf8.',
    );
  }
  return decode('utf-8', bytes, source);
}

/**
 * What keeps a text from being a value that programs agree on.
 *
 * @returns the end of a sentence about it; undefined when nothing does
 */
export function textProblem(text: string): string | undefined {
  if (text.includes('\0')) return 'has a NUL character, which no environment variable and no text can hold';
  if (!text.isWellFormed()) return 'has half a surrogate pair, which is no character: UTF-8 cannot hold it';
  return undefined;
}

function decode(encoding: string, bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new CommandError(
      `${source} is not ${encoding.toUpperCase().replace(/[BL]E$/, '')} text${placeOf(encoding, bytes)}. ` +
        'Convert it to UTF-8, or put bytes that are no text with --format bytes.',
    );
  }
}

/** Where the first byte is that does not fit. */
function placeOf(encoding: string, bytes: Uint8Array): string {
  if (encoding !== 'utf-8') return '';
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  for (let at = 0; at < bytes.length; at += 1) {
    try {
      decoder.decode(bytes.subarray(at, at + 1), { stream: true });
    } catch {
      return ` (at byte ${at + 1} of ${bytes.length})`;
    }
  }
  return ' (it ends within a character)';
}

/** Text of which every other byte is NUL, which is no text in UTF-8. */
function looksLikeUtf16(bytes: Uint8Array): boolean {
  if (bytes.length < 4 || bytes.length % 2 !== 0) return false;
  const start = bytes.subarray(0, 64);
  const isNul = (parity: number) => start.every((byte, index) => index % 2 !== parity || byte === 0);
  const hasText = (parity: number) => start.every((byte, index) => index % 2 !== parity || byte !== 0);
  return (isNul(1) && hasText(0)) || (isNul(0) && hasText(1));
}
