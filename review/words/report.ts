import { styleText } from 'node:util';
import type { Review } from '../facts/model.ts';
import { summaryOf } from './summary.ts';
import { count, list, visible } from './text.ts';
import { coverageText } from './wording.ts';

/** Where text goes; only a terminal shows colours. */
export type Stream = NodeJS.WritableStream & { readonly isTTY?: boolean };

const MARKS = { good: '✓', warning: '!', bad: '✗' } as const;
const COLOURS = { good: 'green', warning: 'yellow', bad: 'red' } as const;

/**
 * The review for a terminal: the headlines, and everything that is not as it should be.
 *
 * @param stream where it goes: colour only if that is a terminal, and NO_COLOR is not set
 */
export function reportOf(review: Review, stream: Stream): string {
  const paint = (format: Parameters<typeof styleText>[0], text: string) =>
    styleText(format, text, { stream });
  const findings = review.policies.flatMap(({ id, findings: all }) =>
    all.map((finding) => ({ id, ...finding })),
  );
  const lines = [
    paint('bold', `Access review: ${visible(list(review.projects)) || 'no project is named'}`),
    coverageText(review),
    '',
    ...summaryOf(review).map(
      ({ tone, title, text }) => `${paint(COLOURS[tone], `${MARKS[tone]} ${title}`)}  ${visible(text)}`,
    ),
    ...findings.flatMap(({ id, severity, found, path, address, fix, exception }) => [
      '',
      `${paint(severity === 'error' && !exception ? 'red' : 'yellow', exception ? 'exception' : severity)} ${id}: ${visible(found)}`,
      `  ${visible(path)}${address === '' ? '' : ` (${visible(address)})`}`,
      `  ${fix}`,
    ]),
  ];
  const errors = findings.filter(({ severity, exception }) => severity === 'error' && !exception).length;
  return `${[...lines, '', errors > 0 ? `${count(errors, 'policy violation')}.` : 'No policy is violated.'].join('\n')}\n`;
}
