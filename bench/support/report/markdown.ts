import { isMet, type Table, type Target } from '../report.ts';
import { figure } from './figure.ts';
import type { Result } from './results.ts';

/** A table whose columns are also aligned for a terminal; the first is text, the others are figures. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map(escapeCell));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, column) => pad(row[column] ?? '', width, column)).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(cells[0] ?? []), rule, ...cells.slice(1).map(line)].join('\n');
}

function pad(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}

function escapeCell(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').replace(/[|\\<]/g, '\\$&');
}

/** All that a report says but its plots, in Markdown: what the terminal shows and its page contains. */
export function reportText({ report }: Result, heading = '###'): string {
  const { title, what, tables, targets, notes } = report;
  return [
    `${heading} ${title}`,
    what,
    ...tables.map(figuresOf),
    ...(targets.length > 0 ? [targets.map(targetLine).join('\n')] : []),
    ...(notes.length > 0 ? [notes.map((note) => `- ${note}`).join('\n')] : []),
  ].join('\n\n');
}

function figuresOf({ caption, unit, rows }: Table): string {
  const first = rows[0]?.median ?? Number.NaN;
  if (rows.every(({ least, most }) => least === most)) {
    return markdownTable(
      [caption, unit, '÷ first'],
      rows.map(({ name, median }) => [name, figure(median), figure(median / first)]),
    );
  }
  const head = [`${caption}, ${unit}`, 'median', 'least', 'most', '÷ first'];
  return markdownTable(
    head,
    rows.map(({ name, median, least, most }) => [name, ...[median, least, most, median / first].map(figure)]),
  );
}

function targetLine(target: Target): string {
  const { text, bound, allowed, unit, measured } = target;
  return `- ${verdict(target)}: ${text}: ${bound} ${figure(allowed)} ${unit}, got ${figure(measured)}`;
}

function verdict(target: Target): string {
  if (!Number.isFinite(target.measured)) return 'not measured';
  return isMet(target) ? 'met' : '**MISSED**';
}

/** Every target of every report in one table. */
export function targetsTable(results: readonly Result[]): string {
  const rows = results.flatMap(({ report }) =>
    report.targets.map((target) => [
      `${report.title}: ${target.text}`,
      `${target.bound} ${figure(target.allowed)} ${target.unit}`,
      figure(target.measured),
      verdict(target),
    ]),
  );
  return markdownTable(['target', 'allowed', 'got', ''], rows);
}
