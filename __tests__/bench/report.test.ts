import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { reportText, targetsTable } from '../../bench/support/report/markdown.ts';
import { withFigures, writePage } from '../../bench/support/report/page.ts';
import { isMet } from '../../bench/support/report.ts';
import { report, result } from './support.ts';

describe('a report', () => {
  const text = reportText(result);

  test('has every figure with its spread and its ratio to the first', () => {
    expect(text).toMatch(/\| ours & "new" +\| +100 \| +90 \| +110 \| +0.0833 \|/);
    expect(text).toMatch(/\| +1,200 \| +1,100 \| +1,300 \| +1 \|/);
    expect(text).toMatch(/\| nobody’s +\| +– \|/);
  });

  test('has figures without a spread once', () => {
    expect(text).toMatch(/\| Calls +\| calls \|.*\n.*\n\| ours +\| +2 \| +1 \|/);
  });

  test('has a cell for each column, whatever a name is', () => {
    const rows = text.split('\n').filter((line) => line.includes('theirs \\|'));
    expect(rows).toHaveLength(1);
    expect(rows[0]?.match(/(?<!\\)\|/g)).toHaveLength(6);
    expect(rows[0]).toContain('\\<b>old\\</b>');
  });

  test('says which targets are met', () => {
    expect(text).toContain('- met: ours: at most 150 ms, got 100');
    expect(text).toContain('- **MISSED**: theirs by ours: at least 20 times, got 12');
    expect(text).toContain('- not measured: nobody’s: at most 1 ms, got –');
    expect(targetsTable([result]).match(/MISSED/g)).toHaveLength(1);
  });

  test('that was kept as JSON misses the same targets', () => {
    const kept = JSON.parse(JSON.stringify(report)) as typeof report;
    expect(kept.targets.map(isMet)).toEqual(report.targets.map(isMet));
  });
});

describe('a target', () => {
  test.each([
    ['at most', 1, 1, true],
    ['at most', 1, 1.01, false],
    ['at least', 1, 1, true],
    ['at least', 1, 0.99, false],
  ] as const)('of %s %s is met by %s: %s', (bound, allowed, measured, met) => {
    expect(isMet({ text: '', unit: '', bound, allowed, measured })).toBe(met);
  });
});

describe('the page', () => {
  let docs: string;
  const markers = [
    '<!-- figures: `npm run bench -- docs` writes what is between the two markers -->',
    '<!-- end of figures -->',
  ];
  const page = () => readFileSync(join(docs, 'benchmarks.md'), 'utf8');

  beforeEach(() => {
    docs = mkdtempSync(join(tmpdir(), 'bench-docs-'));
    writeFileSync(join(docs, 'benchmarks.md'), `before\n\n${markers.join('\nold\n')}\n\nafter\n`);
  });
  afterEach(() => rmSync(docs, { recursive: true }));

  test('gets the figures between its markers, and keeps the rest', () => {
    writePage(docs, [result]);
    expect(page().startsWith(`before\n\n${markers[0]}\n\n`)).toBe(true);
    expect(page().endsWith(`\n\n${markers[1]}\n\nafter\n`)).toBe(true);
    expect(page()).toContain('| Start: theirs by ours |');
    expect(page()).not.toContain('old\n');
  });

  test('is the same when it is written again', () => {
    writePage(docs, [result]);
    const once = page();
    writePage(docs, [result]);
    expect(page()).toBe(once);
  });

  test('shows the plots, and those of an earlier report are gone', () => {
    const [plot] = report.plots as [(typeof report.plots)[number]];
    writePage(docs, [{ ...result, report: { ...report, plots: [plot, plot] } }]);
    writeFileSync(join(docs, 'benchmarks', 'other-1.svg'), '');
    writePage(docs, [result]);
    const files = readdirSync(join(docs, 'benchmarks')).sort();
    expect(files).toEqual(['other-1.svg', 'start-1.svg', 'start.md']);
    expect(page()).toContain('### [Start](benchmarks/start.md)\n\n![Start](benchmarks/start-1.svg)');
  });

  test('leaves the figures to a page of each report', () => {
    writePage(docs, [result]);
    const own = readFileSync(join(docs, 'benchmarks', 'start.md'), 'utf8');
    expect(own).toMatch(/^# Start\n\nFrom here to there\.\n\n\| Start to page, ms/);
    expect(own).toMatch(
      /!\[Start\]\(start-1\.svg\)\n\n`npm run bench -- start`, 2026-11-24, commit abc1234\n$/,
    );
    expect(page()).not.toContain('abc1234');
  });

  test('without both markers is left as it is', () => {
    writeFileSync(join(docs, 'benchmarks.md'), `before\n${markers[0]}`);
    expect(() => writePage(docs, [result])).toThrow(/has not both markers\. Fix: /);
    expect(page()).toBe(`before\n${markers[0]}`);
    expect(readdirSync(docs)).toEqual(['benchmarks.md']);
  });

  test('of the project has them', () => {
    const own = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'benchmarks.md'), 'utf8');
    expect(withFigures(own, 'figures')).toContain('\n\nfigures\n\n');
  });
});
