import { visible } from './text.ts';

/** Text that GitHub-flavoured Markdown shows as it is: no markup, HTML, link, mention or end of a table cell in it. */
export function plain(text: string): string {
  return visible(text)
    .replace(/[\\`*_{}[\]#|~!$]/g, '\\$&')
    .replace(/[<>&@]/g, (character) => `&#${character.codePointAt(0)};`)
    .replace(/:(?=\/\/)|\b(www)\./g, (found) => `&#${found.codePointAt(0)};${found.slice(1)}`);
}

/**
 * A name in the font for code. Most stand between backticks; those with a backtick or a pipe, which would end the code
 * or the table cell, are written as HTML.
 */
export function code(text: string): string {
  const shown = visible(text);
  return /[`|]/.test(shown) || shown.trim() !== shown || shown === ''
    ? `<code>${reference(shown)}</code>`
    : `\`${shown}\``;
}

/** Every character with a meaning as a character reference, which has none. */
function reference(text: string): string {
  return text.replace(/[^\p{L}\p{N} ./-]/gu, (character) => `&#${character.codePointAt(0)};`);
}

/** A table; the cells are Markdown already. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return ['None.', ''];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line), ''];
}
