import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LISTED_SERVICE_DEFAULTS, SERVICES, SETTING_SOURCES } from '../../settings/sources.ts';
import { problemsOf } from './support.ts';

const text = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8').replaceAll(
  '\r\n',
  '\n',
);

/** The tables' rows: name, variable and default, without their code marks. */
const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .split('|')
      .slice(1, 4)
      .map((cell) => cell.trim().replaceAll('`', ''))
      .join(' | '),
  );

test('docs/settings.md has every setting with its variable and its default, and no other', () => {
  const settings = Object.entries(SETTING_SOURCES).map(
    ([name, source]) => `${name} | ${source.environmentVariable} | ${source.default ?? 'none'}`,
  );
  const list = `${SERVICES.setting} | ${SERVICES.environmentVariable} | none`;
  expect(rows.toSorted()).toEqual([...settings, list].sort());
});

test('it says what follows from the name of a listed service', () => {
  const [sentence] = text.match(/What it does not set follows from the name:.*/) ?? [];
  for (const name of Object.keys(LISTED_SERVICE_DEFAULTS)) expect(sentence).toContain(`\`${name}\``);
});

test('its example is accepted', () => {
  const [, example = ''] = text.match(/```json\n([\s\S]*?)```/) ?? [];
  expect(problemsOf(JSON.parse(example).context)).toEqual([]);
});

test('its links lead to its headings', () => {
  const headings = Array.from(text.matchAll(/^## (.*)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-'),
  );
  for (const [, anchor] of text.matchAll(/\]\(#([^)]*)\)/g)) expect(headings).toContain(anchor);
});
