const ESC = String.fromCharCode(0x1b);

/** Colours and weights that this program itself uses (ECMA-48, SGR). */
const OWN_COLOURS = new RegExp(`${ESC}\\[(?:0|1|2|22|31|32|33|36|39)m`, 'g');

/** What a terminal obeys or hides instead of showing it: controls but for tab and line feed, directions, invisible marks. */
const UNPRINTABLE = /[^\P{Cc}\t\n]|[\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Text that may come from elsewhere (Google, an object's metadata, a file's name), made harmless for a terminal: what
 * it would obey or hide is shown as JSON escapes it.
 */
export function harmless(text: string): string {
  const colours = text.match(OWN_COLOURS) ?? [];
  return text
    .split(OWN_COLOURS)
    .map((part, index) => part.replace(UNPRINTABLE, escaped) + (colours[index] ?? ''))
    .join('');
}

function escaped(character: string): string {
  const units = character.split('').map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'));
  return units.map((unit) => `\\u${unit}`).join('');
}
