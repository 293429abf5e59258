import { commandsToSeeThem } from '../facts/beyond-stacks.ts';
import type { Access, Because, Reader, Review, Secret } from '../facts/model.ts';
import { diagramOf } from './diagram.ts';
import { code, plain, table } from './markdown-elements.ts';
import { mermaidOf } from './mermaid.ts';
import { isRefused, summaryOf } from './summary.ts';
import { count, list, visible } from './text.ts';
import {
  conditionText,
  coverageText,
  EXPOSURE_WORDS,
  exceptionText,
  OUTCOME_WORDS,
  readerText,
  secretText,
  waysOf,
} from './wording.ts';

const MARKS = { good: '✅', warning: '⚠️', bad: '❌' } as const;

/** The review for a pull request: GitHub-flavoured Markdown, the diagram in Mermaid. */
export function markdownOf(review: Review): string {
  const lines = [
    `# Access review: ${plain(list(review.projects))}`,
    '',
    ...summaryOf(review).map(
      ({ tone, title, text }) => `- ${MARKS[tone]} **${plain(title)}** ${plain(text)}`,
    ),
    '',
    plain(coverageText(review)),
    '',
    ...secretsLines(review),
    '## Picture',
    '',
    ...['```mermaid', mermaidOf(diagramOf(review)), '```', ''],
    ...accessLines(review),
    ...exposureLines(review),
    ...lifecycleLines(review),
    ...policyLines(review),
    '## Settings in force',
    '',
    ...table(
      ['Setting', 'Value', 'From'],
      review.settings.map(({ name, value, source }) => [code(name), code(value), plain(source)]),
    ),
    ...notReviewedLines(review),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function secretsLines(review: Review): string[] {
  const keys = [...new Set(review.secrets.map(({ key }) => key))].slice(0, 4);
  return [
    '## Who can read the secrets',
    '',
    ...review.secrets.flatMap((secret) => secretLines(secret, review)),
    '### Who else: not derivable from the synthesized stacks',
    '',
    'Roles on the project, its folders and its organization are inherited. Terraform does not see them.',
    '',
    ...review.beyondStacks.map(
      ({ who, can, readsSecret }) =>
        `- ${readsSecret ? 'Reads the secret' : 'Ciphertext only'}: **${plain(who)}** can ${plain(can)}`,
    ),
    '',
    'To see who they are:',
    '',
    ...commandsToSeeThem(review.projects, keys).map((command) => `    ${visible(command)}`),
    '',
  ];
}

function secretLines(secret: Secret, review: Review): string[] {
  const readers = secret.readers.flatMap((reader) => [
    `- ${code(reader.principal)}: ${plain(readerText(reader, review))}`,
    ...waysOf(reader).flatMap((way) => way.map((because) => `  - ${becauseLine(because, reader)}`)),
  ]);
  const halfway = secret.halfway.map(
    ({ principal, ways }) =>
      `- One half only, which reads nothing: ${code(principal)} ${plain(list(ways.flat().map(({ can }) => can)))}`,
  );
  return [plain(secretText(secret)), '', ...(readers.length > 0 ? readers : ['- Nobody.']), ...halfway, ''];
}

function becauseLine(because: Because, reader: Reader): string {
  const { principal, can, role, resource, condition, reason, address, certain } = because;
  const who = principal === reader.principal ? '' : `${code(principal)} `;
  const where = `${code(role)} on ${plain(resource.kind)} ${code(resource.name)}`;
  const only = condition ? `, ${plain(conditionText(condition))}` : '';
  const doubt = certain ? '' : ' **Possibly: not certain before deployment.**';
  return `${who}can **${can}**: ${where}${only}.${doubt} ${plain(reason ?? 'No reason is written down.')} From ${code(address)}.`;
}

function accessLines({ access }: Review): string[] {
  const rows = access.map((row) => [
    code(row.principal),
    `${plain(row.resource.kind)} ${code(row.resource.name)}`,
    `${code(row.role)}<br>${permissions(row)}`,
    row.condition ? `${plain(conditionText(row.condition))}<br>${code(row.condition.expression)}` : 'none',
    `${plain(row.reason ?? 'No reason written down')}<br>${code(row.address)}`,
  ]);
  return [
    '## Access matrix',
    '',
    ...table(['Principal', 'Resource', 'Role and permissions', 'Condition', 'Why, and where from'], rows),
  ];
}

function permissions({ permissions: all, withoutEffect }: Access): string {
  if (all === null) return 'permissions unknown';
  const effective = all.filter((permission) => !withoutEffect.includes(permission));
  const rest =
    withoutEffect.length > 0 ? `<br>without effect here: ${withoutEffect.map(plain).join(', ')}` : '';
  return effective.map(code).join('<br>') + rest;
}

function exposureLines({ exposure }: Review): string[] {
  const rows = exposure.map(({ resource, level, explanation }) => [
    `${plain(resource.kind)} ${code(resource.name)}`,
    EXPOSURE_WORDS[level],
    plain(explanation),
  ]);
  return ['## Reachable from the internet', '', ...table(['Resource', 'By whom', 'Explanation'], rows)];
}

function lifecycleLines(review: Review): string[] {
  const stacks = review.stacks.flatMap((stack) => [
    `### Destroying ${code(stack)}${isRefused(review, stack) ? ': refused, nothing is deleted' : ''}`,
    '',
    ...table(
      ['Resource', 'Outcome', 'What that means'],
      review.lifecycle
        .filter((row) => row.stack === stack && row.resource.kind !== 'grant')
        .map(({ resource, outcome, note }) => [
          `${plain(resource.kind)} ${code(resource.name)}`,
          OUTCOME_WORDS[outcome],
          plain(note),
        ]),
    ),
  ]);
  const existing = review.existing.map(({ kind, name }) => `- ${plain(kind)} ${code(name)}`);
  const used = existing.length > 0 ? ['### Used, but made by none of these stacks', '', ...existing, ''] : [];
  return ['## What destroying deletes and keeps', '', ...stacks, ...used];
}

function policyLines({ policies }: Review): string[] {
  const rows = policies.flatMap(({ id, findings }) =>
    findings.map(({ severity, exception, found, path, fix }) => [
      code(id),
      exception ? 'exception' : severity,
      `${plain(found)}<br>${code(path)}`,
      plain(exception ? exceptionText(exception) : fix),
    ]),
  );
  const holding = policies.filter(({ findings }) => findings.length === 0);
  return [
    '## Policies',
    '',
    ...(rows.length > 0 ? table(['Policy', 'Result', 'Found', 'Fix or exception'], rows) : []),
    `${count(holding.length, 'policy', 'policies')} without findings: ${list(holding.map(({ id }) => code(id))) || 'none'}.`,
    '',
  ];
}

function notReviewedLines({ notReviewed, unknown }: Review): string[] {
  const missing = notReviewed.map(({ stack, address, why }) => [code(`${stack}: ${address}`), plain(why)]);
  const open = unknown.map(({ stack, address, argument, text, why }) => [
    code(`${stack}: ${address}`),
    code(argument),
    `${code(text)}<br>${plain(why)}`,
  ]);
  return [
    ...(open.length > 0
      ? ['## Unknown before deployment', '', ...table(['Part', 'Argument', 'What stands there'], open)]
      : []),
    ...(missing.length > 0 ? ['## Not reviewed', '', ...table(['Part', 'Why'], missing)] : []),
  ];
}
