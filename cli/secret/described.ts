import type { FoundSecret } from './open.ts';

/** A value in numbers, none of which gives it away. */
export interface Described {
  readonly characters?: number;
  readonly lines?: number;
  /** Such as `letters`, `digits`. */
  readonly kinds?: readonly string[];
  readonly bytes: number;
}

const KINDS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['letters', /[A-Za-z]/],
  ['digits', /[0-9]/],
  ['punctuation', /[!-/:-@[-`{-~]/],
  ['spaces', / /],
  ['tabs', /\t/],
  ['characters beyond ASCII', /\P{ASCII}/u],
  ['control characters', /[^\P{Cc}\t\n]/u],
];

/** A text in numbers: whoever typed, pasted or piped it sees whether all of it has come, and nothing else. */
export function describeText(text: string): Described {
  return {
    characters: [...text].length,
    lines: text.replace(/\n$/, '').split('\n').length,
    kinds: KINDS.filter(([, pattern]) => pattern.test(text)).map(([name]) => name),
    bytes: Buffer.byteLength(text),
  };
}

/** A plaintext in numbers. */
export function describePlaintext({ format }: Pick<FoundSecret, 'format'>, plaintext: Uint8Array): Described {
  return format === 'text' ? describeText(Buffer.from(plaintext).toString()) : { bytes: plaintext.length };
}

/** `12 characters on 1 line: letters, digits`. */
export function inWords({ characters, lines, kinds, bytes }: Described): string {
  if (characters === undefined) return count(bytes, 'byte');
  const contents = kinds && kinds.length > 0 ? `: ${kinds.join(', ')}` : '';
  return `${count(characters, 'character')} on ${count(lines ?? 1, 'line')}${contents}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
