/** Width of every plot, in pixels: what a page on GitHub has room for. */
export const WIDTH = 860;

/** Colours of series, in their order; in the dark the same names are lighter. */
export const SERIES = ['a', 'b', 'c', 'd', 'e', 'f'] as const;

const STYLE = `
text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; fill: #1f2328; }
.title { font-size: 15px; font-weight: 600; }
.quiet { fill: #59636e; font-size: 12px; }
.card { fill: #ffffff; stroke: #d1d9e0; }
.grid { stroke: #d1d9e0; stroke-width: 1; }
.whisker { stroke: #1f2328; stroke-width: 1.5; }
.line { fill: none; stroke-width: 2; }
.a { --c: #0969da; } .b { --c: #bc4c00; } .c { --c: #1a7f37; } .d { --c: #8250df; } .e { --c: #bf3989; } .f { --c: #59636e; }
.fill { fill: var(--c); } .stroke { stroke: var(--c); }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; }
  .quiet { fill: #9198a1; }
  .card { fill: #0d1117; stroke: #3d444d; }
  .grid { stroke: #3d444d; }
  .whisker { stroke: #f0f6fc; }
  .a { --c: #4493f8; } .b { --c: #f0883e; } .c { --c: #3fb950; } .d { --c: #ab7df8; } .e { --c: #db61a2; } .f { --c: #9198a1; }
}`;

/** A whole file: the title above, the content below, on a card that follows the reader's colour scheme. */
export function svgFile(title: string, height: number, content: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escapeXml(title)}">`,
    `<style>${STYLE}\n</style>`,
    `<rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>`,
    text(20, 30, title, { className: 'title' }),
    ...content,
    '</svg>\n',
  ].join('\n');
}

/** How a text is written. */
export interface TextOptions {
  readonly className?: string;
  /** @default 'start' */
  readonly anchor?: 'start' | 'middle' | 'end';
}

/** A text whose baseline begins, ends or is centred at a point. */
export function text(x: number, y: number, content: string, options: TextOptions = {}): string {
  const { className, anchor = 'start' } = options;
  const attributes = `${className ? ` class="${className}"` : ''}${anchor === 'start' ? '' : ` text-anchor="${anchor}"`}`;
  return `<text x="${round(x)}" y="${round(y)}"${attributes}>${escapeXml(content)}</text>`;
}

/** A straight line. */
export function line(x1: number, y1: number, x2: number, y2: number, className: string): string {
  return `<line class="${className}" x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"/>`;
}

/** From the least to the most, with a cap at both ends. */
export function whisker([x1, y1]: readonly [number, number], [x2, y2]: readonly [number, number]): string {
  const isHorizontal = y1 === y2;
  const cap = (x: number, y: number) =>
    isHorizontal ? line(x, y - 4, x, y + 4, 'whisker') : line(x - 4, y, x + 4, y, 'whisker');
  return [line(x1, y1, x2, y2, 'whisker'), cap(x1, y1), cap(x2, y2)].join('');
}

/** A coordinate as a file needs it. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** About as wide as a text of the plots is, in pixels. */
export function textWidth(content: string): number {
  return content.length * 7.1;
}

function escapeXml(content: string): string {
  // XML has no place for control characters, not even escaped.
  return content.replace(/\p{Cc}/gu, ' ').replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
