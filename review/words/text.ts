/**
 * Text with everything made visible that a screen would hide, reorder or obey: control characters, escape sequences,
 * right-to-left overrides, zero-width characters. Names come from settings, and a review must not be misled by one.
 */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** Last part of a resource name, or of a principal. */
export function shortName(name: string): string {
  return name.split('/').at(-1) || name;
}

/** `1 key`, `2 keys`. */
export function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${number} ${number === 1 ? singular : plural}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function list(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
