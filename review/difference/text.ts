import { styleText } from 'node:util';
import type { Stream } from '../words/report.ts';
import { count, visible } from '../words/text.ts';
import type { AccessChange, ArgumentChange, ResourceChange, ReviewDifference } from './model.ts';

const MARKS = { added: '+', changed: '~', replaced: '±', removed: '-', moved: '>' } as const;

/**
 * The difference for a terminal.
 *
 * @param stream where it goes: colour only if that is a terminal, and NO_COLOR is not set
 */
export function textOf(difference: ReviewDifference, stream: Stream): string {
  const paint = (format: Parameters<typeof styleText>[0], text: string) =>
    styleText(format, text, { stream });
  const gained = difference.access.filter(({ direction }) => direction === 'gained');
  const lost = difference.access.filter(({ direction }) => direction === 'lost');
  const sections = [
    headline(difference, paint),
    ...accessLines('Access gained', gained, (text) => paint('red', `  + ${text}`)),
    ...accessLines('Access lost', lost, (text) => paint('green', `  - ${text}`)),
    ...resourceLines(difference.resources, paint),
  ];
  return `${sections.join('\n')}\n`;
}

type Paint = (format: Parameters<typeof styleText>[0], text: string) => string;

/** The answer in one line. */
export function answerOf({ widened, access, resources }: ReviewDifference): string {
  if (widened) {
    const gained = access.filter(({ direction }) => direction === 'gained').length;
    return `Access is widened in ${count(gained, 'way')}: a second pair of eyes is needed.`;
  }
  if (access.length + resources.length === 0) return 'Nothing differs.';
  return `No access is widened. ${count(resources.length, 'resource')} ${resources.length === 1 ? 'differs' : 'differ'}.`;
}

function headline(difference: ReviewDifference, paint: Paint): string {
  return paint(difference.widened ? ['bold', 'red'] : ['bold', 'green'], answerOf(difference));
}

function accessLines(
  title: string,
  changes: readonly AccessChange[],
  line: (text: string) => string,
): string[] {
  if (changes.length === 0) return [];
  return ['', title, ...changes.flatMap((change) => [line(accessText(change)), ...permissionLines(change)])];
}

/** `PRINCIPAL has ROLE on key K`. */
export function accessText({ who, what }: AccessChange): string {
  return visible(`${who} ${what}`);
}

function permissionLines({ permissions, address }: AccessChange): string[] {
  const brings = permissions.length > 0 ? [`      ${visible(permissions.join(', '))}`] : [];
  return [...brings, ...(address ? [`      ${visible(address)}`] : [])];
}

function resourceLines(changes: readonly ResourceChange[], paint: Paint): string[] {
  if (changes.length === 0) return [];
  const formats = {
    added: 'green',
    changed: 'yellow',
    replaced: 'red',
    removed: 'red',
    moved: 'yellow',
  } as const;
  return [
    '',
    'Resources',
    ...changes.flatMap((change) => {
      const [first = '', ...others] = resourceText(change);
      return [paint(formats[change.change], first), ...others];
    }),
  ];
}

/** `~ ADDRESS changed (STACK)`, and a line for each argument. */
export function resourceText({ change, stack, address, arguments: args, note }: ResourceChange): string[] {
  return [
    `  ${MARKS[change]} ${visible(address)} ${change} (${visible(stack)})`,
    ...args.map((argument) => `      ${visible(argumentText(argument))}`),
    ...(note ? [`      ${note}`] : []),
  ];
}

/** `timeout_seconds: 60 → 300`. */
export function argumentText({ path, before, after }: ArgumentChange): string {
  return `${path}: ${valueText(before)} → ${valueText(after)}`;
}

function valueText(value: unknown): string {
  return value === undefined ? 'not set' : JSON.stringify(value);
}
