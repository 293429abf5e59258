import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { contextSchema, withTables } from '../../settings/documentation.ts';
import { TOP_LEVEL } from '../../settings/table.ts';
import { problemsOf } from './support.ts';

const read = (file: string) =>
  readFileSync(new URL(`../../docs/${file}`, import.meta.url), 'utf8').replaceAll('\r\n', '\n');

const text = read('settings.md');
const examples = Array.from(text.matchAll(/```json\n([\s\S]*?)```/g), ([, example = '']) =>
  JSON.parse(example),
);
const validate = new Ajv({ strict: false, allErrors: true }).compile(contextSchema());

test('docs/settings.md has the tables of what may be set. Has it changed? npm run golden', () => {
  expect(text).toBe(withTables(text));
});

test('docs/cdktf.schema.json is the schema of what may be set. Has it changed? npm run golden', () => {
  expect(read('cdktf.schema.json')).toBe(`${JSON.stringify(contextSchema(), null, 2)}\n`);
});

test('the cdktf.json of this project names the schema', () => {
  expect(JSON.parse(read('../cdktf.json'))).toMatchObject({ $schema: './docs/cdktf.schema.json' });
});

describe.each(examples.map((example) => [JSON.stringify(example.context), example]))(
  'the example %s',
  (_, example) => {
    test('is accepted', () => expect(problemsOf(example.context)).toEqual([]));
    test('is valid', () => expect([validate(example), validate.errors]).toEqual([true, null]));
  },
);

test('an example is one of several', () => expect(examples.length).toBeGreaterThan(2));

test.each([
  [{ regoin: 'us-central1' }, 'additional properties'],
  [{ region: 'nowhere' }, 'pattern'],
  [{ services: [{ name: 'orders', maxInstances: 0 }] }, '>= 1'],
  [{ services: [{}] }, "required property 'name'"],
  [{ secrets: [{ name: 'tls', format: 'pem' }] }, 'allowed values'],
])('an editor says what is wrong with %j', (context, message) => {
  expect(validate({ context })).toBe(false);
  expect(validate.errors?.map((error) => error.message).join()).toContain(message);
});

test('every default is valid for an editor, too', () => {
  for (const [name, { default: fallback, rule }] of Object.entries(TOP_LEVEL)) {
    if (fallback === undefined || fallback.includes('<')) continue;
    const got = { context: { [name]: rule.parse(fallback) } };
    expect([name, validate(got)]).toEqual([name, true]);
  }
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
