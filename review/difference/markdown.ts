import { code, plain, table } from '../words/markdown-elements.ts';
import type { ReviewDifference } from './model.ts';
import { answerOf, argumentText } from './text.ts';

/** The difference for a pull request. */
export function differenceMarkdownOf(difference: ReviewDifference): string {
  const { widened, access, resources } = difference;
  const accessRows = access.map(({ direction, who, what, permissions, address }) => [
    direction === 'gained' ? '**gained**' : 'lost',
    `${code(who)} ${plain(what)}${permissions.length > 0 ? `<br>${permissions.map(code).join('<br>')}` : ''}`,
    address === null ? '' : code(address),
  ]);
  const resourceRows = resources.map(({ change, stack, address, arguments: args, note }) => [
    change,
    `${code(address)} in ${code(stack)}`,
    [...args.map((argument) => code(argumentText(argument))), ...(note ? [plain(note)] : [])].join('<br>'),
  ]);
  const lines = [
    '# Access review: what differs',
    '',
    `${widened ? '❌' : '✅'} **${answerOf(difference)}**`,
    '',
    ...(accessRows.length > 0 ? ['## Access', '', ...table(['', 'Who and what', 'From'], accessRows)] : []),
    ...(resourceRows.length > 0
      ? ['## Resources', '', ...table(['', 'Resource', 'Arguments'], resourceRows)]
      : []),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}
