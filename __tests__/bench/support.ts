import type { Result } from '../../bench/support/report/results.ts';
import type { Report } from '../../bench/support/report.ts';

/** A report in which everything occurs once, with names that mean something to Markdown and XML. */
export const report: Report = {
  title: 'Start',
  what: 'From here to there.',
  tables: [
    {
      caption: 'Start to page',
      unit: 'ms',
      rows: [
        { name: 'theirs | <b>old</b>', median: 1200, least: 1100.4, most: 1300 },
        { name: 'ours & "new"', median: 100, least: 90, most: 110 },
        { name: 'nobody’s', median: Number.NaN, least: Number.NaN, most: Number.NaN },
      ],
    },
    { caption: 'Calls', unit: 'calls', rows: [{ name: 'ours', median: 2, least: 2, most: 2 }] },
  ],
  targets: [
    { text: 'ours', bound: 'at most', allowed: 150, measured: 100, unit: 'ms' },
    { text: 'theirs by ours', bound: 'at least', allowed: 20, measured: 12, unit: 'times' },
    { text: 'nobody’s', bound: 'at most', allowed: 1, measured: Number.NaN, unit: 'ms' },
  ],
  plots: [
    {
      kind: 'bars',
      title: 'Start',
      unit: 'ms',
      bars: [{ name: '<theirs> & "old"', median: 1200, least: 1100, most: 1300 }],
    },
  ],
  notes: ['Nobody was not measured.'],
};

/** A result with that report. */
export const result: Result = {
  name: 'start',
  machine: '2 × a processor',
  versions: 'Node v24',
  commit: 'abc1234',
  measuredAt: '2026-11-24T12:00:00.000Z',
  report,
};
