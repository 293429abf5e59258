import { stripVTControlCharacters, styleText } from 'node:util';

/**
 * Rows as aligned columns, two spaces apart, under a dim heading. A row's own colours do not count.
 *
 * @param heading names of the columns
 */
export function formatTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))));
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))
      .join('  ')
      .trimEnd(),
  );
  return lines.map((line, index) => (index === 0 ? styleText('dim', line) : line)).join('\n');
}

function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
