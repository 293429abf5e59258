import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plotSvg } from '../../bench/support/plot/plot.ts';
import { linearScale, logScale } from '../../bench/support/plot/scale.ts';
import type { Spread } from '../../bench/support/report.ts';
import { report } from './support.ts';

/** Throws unless all tags are closed in their order, and text and attributes are escaped. */
function requireWellFormed(xml: string): void {
  const open: string[] = [];
  const rest = xml.replace(
    /<(\/?)([a-z]+)((?: [\w:-]+="[^"<&]*(?:&#\d+;[^"<&]*)*")*)(\/?)>/g,
    (_tag, closes: string, name: string, _attributes: string, isEmpty: string) => {
      if (closes && open.pop() !== name) throw new Error(`</${name}> closes something else`);
      if (!closes && !isEmpty) open.push(name);
      return '';
    },
  );
  expect(open).toEqual([]);
  expect(rest.replace(/&#\d+;/g, '')).not.toMatch(/[<&]|[^\P{Cc}\n]/u);
}

// What could not be measured is not a number, and null after it was kept as JSON.
const figures = fc.oneof(
  fc
    .array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 3, maxLength: 3 })
    .map((three) => three.toSorted((a, b) => a - b) as [number, number, number]),
  fc.constantFrom(Number.NaN, null as unknown as number).map((none) => [none, none, none] as const),
);
const spread: fc.Arbitrary<Spread> = fc
  .tuple(fc.string({ unit: 'binary' }), figures)
  .map(([name, [least, median, most]]) => ({ name, median, least, most }));

/** The smallest number that there is: divided by anything it is zero. */
const smallest = (scale: 'linear' | 'log') => ({
  kind: 'bars' as const,
  title: '',
  unit: '',
  scale,
  bars: [{ name: '', median: 0, least: 0, most: Number.MIN_VALUE }],
});

describe('a plot', () => {
  test('is well-formed and has only numbers as positions, whatever is measured', () => {
    const bars = fc.record({
      kind: fc.constant('bars' as const),
      title: fc.string(),
      unit: fc.string(),
      scale: fc.constantFrom('linear' as const, 'log' as const),
      bars: fc.array(spread, { minLength: 1 }),
    });
    const points = fc.array(fc.tuple(spread, fc.nat()).map(([point, x]) => ({ ...point, x })));
    const lines = fc.record({
      kind: fc.constant('lines' as const),
      title: fc.string(),
      x: fc.string(),
      y: fc.string(),
      lines: fc.array(fc.record({ name: fc.string(), points })),
    });
    fc.assert(
      fc.property(fc.oneof(bars, lines), (plot) => {
        const svg = plotSvg(plot);
        requireWellFormed(svg);
        expect(svg).not.toMatch(/(?:x|y|x1|x2|y1|y2|cx|cy|width|height|points)="[^"]*(?:NaN|Infinity)/);
        expect(svg).not.toMatch(/(?:width|height)="-/);
      }),
      { examples: [[smallest('linear')], [smallest('log')]] },
    );
  });

  test('shows names and figures, and follows the colour scheme of its reader', () => {
    const [plot] = report.plots as [(typeof report.plots)[number]];
    const svg = plotSvg(plot);
    expect(svg).toContain('>&#60;theirs&#62; &#38; &#34;old&#34;</text>');
    expect(svg).toContain('>1,200</text>');
    expect(svg).toContain('@media (prefers-color-scheme: dark)');
    expect(svg).not.toMatch(/href|url\(|<script/);
  });
});

describe('a scale', () => {
  test('has a place for every value, in their order', () => {
    const values = fc.array(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), { minLength: 2 });
    fc.assert(
      fc.property(values, fc.constantFrom(linearScale, logScale), (measured, scale) => {
        const { position, ticks } = scale(measured, [100, 800]);
        const sorted = measured.toSorted((a, b) => a - b).map(position);
        expect(sorted).toEqual(sorted.toSorted((a, b) => a - b));
        for (const place of [...sorted, ...ticks.map(position)]) {
          expect(place).toBeGreaterThanOrEqual(100 - 1e-6);
          expect(place).toBeLessThanOrEqual(800 + 1e-6);
        }
      }),
    );
  });
});
