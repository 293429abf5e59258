import type { LinePlot } from '../report.ts';
import { linearScale, type Scale, tickLabel } from './scale.ts';
import { line, round, SERIES, svgFile, text, textWidth, WIDTH, whisker } from './svg.ts';

const LEFT = 80;
const RIGHT = WIDTH - 30;
const TOP = 76;
const BOTTOM = 340;

/** Lines through the medians, each point with the least and the most as a whisker, and a legend above. */
export function linesSvg({ title, x, y, lines }: LinePlot): string {
  const points = lines.flatMap((series) => series.points);
  const across = linearScale(
    points.map((point) => point.x),
    [LEFT, RIGHT],
  );
  const up = linearScale(
    points.flatMap(({ median, least, most }) => [median, least, most]),
    [BOTTOM, TOP],
  );
  return svgFile(title, BOTTOM + 54, [
    ...legend(lines.map(({ name }) => name)),
    ...up.ticks.flatMap((tick) => [
      line(LEFT, up.position(tick), RIGHT, up.position(tick), 'grid'),
      text(LEFT - 8, up.position(tick) + 4, tickLabel(tick), { className: 'quiet', anchor: 'end' }),
    ]),
    ...across.ticks.map((tick) =>
      text(across.position(tick), BOTTOM + 20, tickLabel(tick), { className: 'quiet', anchor: 'middle' }),
    ),
    ...lines.flatMap((series, index) => seriesMarks(series, index, across, up)),
    text((LEFT + RIGHT) / 2, BOTTOM + 42, x, { className: 'quiet', anchor: 'middle' }),
    text(20, TOP - 12, y, { className: 'quiet' }),
  ]);
}

function legend(names: readonly string[]): string[] {
  const widths = names.map((name) => textWidth(name) + 44);
  return names.flatMap((name, index) => {
    const begin = RIGHT - widths.slice(index).reduce((sum, width) => sum + width, 0);
    return [
      `<rect class="fill ${colour(index)}" x="${round(begin)}" y="45" width="14" height="4"/>`,
      text(begin + 20, 51, name),
    ];
  });
}

function seriesMarks(series: LinePlot['lines'][number], index: number, across: Scale, up: Scale): string[] {
  const measured = series.points.filter(({ median }) => Number.isFinite(median));
  const at = measured.map((point) => ({
    ...point,
    column: across.position(point.x),
    row: up.position(point.median),
  }));
  const path = at.map(({ column, row }) => `${round(column)},${round(row)}`).join(' ');
  return [
    `<polyline class="line stroke ${colour(index)}" points="${path}"/>`,
    ...at.flatMap(({ column, row, least, most }) => [
      ...(most > least ? [whisker([column, up.position(least)], [column, up.position(most)])] : []),
      `<circle class="fill ${colour(index)}" cx="${round(column)}" cy="${round(row)}" r="3.5"/>`,
    ]),
  ];
}

function colour(index: number): string {
  return SERIES[index % SERIES.length] ?? SERIES[0];
}
