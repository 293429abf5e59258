import { figure } from '../report/figure.ts';
import type { BarPlot, Spread } from '../report.ts';
import { linearScale, logScale, type Scale, tickLabel } from './scale.ts';
import { line, round, svgFile, text, textWidth, WIDTH, whisker } from './svg.ts';

const MARGIN = 20;
const TOP = 52;
const ROW = 30;
const BAR = 16;

/**
 * Horizontal bars of the medians, one below the other, each with the least and the most as a whisker; the first, with
 * which the others are compared, in grey.
 */
export function barsSvg({ title, unit, scale = 'linear', bars }: BarPlot): string {
  const labelWidth = Math.min(WIDTH / 2.2, Math.max(...bars.map(({ name }) => textWidth(name)), 40));
  const left = MARGIN + labelWidth + 10;
  const right = WIDTH - MARGIN - Math.max(...bars.map(({ median }) => textWidth(figure(median))), 40) - 10;
  const values = bars.flatMap(({ median, least, most }) => [median, least, most]);
  const axis = (scale === 'log' ? logScale : linearScale)(values, [left, right]);
  const bottom = TOP + bars.length * ROW;
  const caption = scale === 'log' ? `${unit}, logarithmic scale` : unit;
  return svgFile(title, bottom + 50, [
    ...axis.ticks.flatMap((tick) => tickMark(tick, axis.position(tick), bottom)),
    ...bars.flatMap((bar, index) => barRow(bar, TOP + index * ROW, { axis, left, labelWidth, index })),
    text((left + right) / 2, bottom + 38, caption, { className: 'quiet', anchor: 'middle' }),
  ]);
}

function tickMark(tick: number, x: number, bottom: number): string[] {
  return [
    line(x, TOP - 4, x, bottom, 'grid'),
    text(x, bottom + 18, tickLabel(tick), { className: 'quiet', anchor: 'middle' }),
  ];
}

interface RowOptions {
  readonly axis: Scale;
  readonly left: number;
  readonly labelWidth: number;
  readonly index: number;
}

function barRow({ name, median, least, most }: Spread, y: number, options: RowOptions): string[] {
  const { axis, left, labelWidth, index } = options;
  const middle = y + ROW / 2;
  const label = text(left - 10, middle + 4, shortened(name, labelWidth), { anchor: 'end' });
  if (!Number.isFinite(median)) return [label, text(left + 6, middle + 4, figure(median))];
  const end = axis.position(median);
  const className = `fill ${index === 0 ? 'f' : 'a'}`;
  return [
    label,
    `<rect class="${className}" x="${round(left)}" y="${round(middle - BAR / 2)}" width="${round(Math.max(end - left, 1))}" height="${BAR}" rx="2"/>`,
    ...(most > least ? [whisker([axis.position(least), middle], [axis.position(most), middle])] : []),
    text(Math.max(end, axis.position(most)) + 10, middle + 4, figure(median)),
  ];
}

function shortened(name: string, width: number): string {
  const characters = Math.floor(width / textWidth('x')) + 1;
  return name.length > characters ? `${name.slice(0, characters - 1)}…` : name;
}
