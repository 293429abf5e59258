import type { JsonSchema } from './rule.ts';
import { keyOf, LISTS, SECRET, SERVICE, SHARED, type Table, TOP_LEVEL } from './table.ts';

/** The tables of docs/settings.md, by the name that stands at their place: `<!-- settings: shared -->`. */
export function settingsTables(): Readonly<Record<string, string>> {
  return {
    shared: table(SHARED, ['Setting', 'Variable', 'Default', 'What it is'], (name) => name),
    service: table(SERVICE, ['Setting', 'Variable', 'Default', 'What it is'], (name) => name),
    secret: table(SECRET, ['Key', 'Default', 'What it is'], keyOf),
    lists: markdown(
      ['Setting', 'Variable', 'What it is'],
      Object.entries(LISTS).map(([name, { variable, what }]) => [code(name), code(variable), what]),
    ),
    listed: markdown(
      ['Setting', 'Default in the list'],
      Object.entries(SERVICE).flatMap(([name, { listed }]) =>
        listed === undefined ? [] : [[code(name), code(plain(listed))]],
      ),
    ),
  };
}

/** A text with the tables at their places, whatever stood there. */
export function withTables(text: string): string {
  return Object.entries(settingsTables()).reduce((written, [name, rows]) => {
    const [start, end] = [`<!-- settings: ${name} -->`, '<!-- end of settings -->'];
    const from = written.indexOf(start);
    const to = written.indexOf(end, from);
    if (from < 0 || to < 0) throw new Error(`There is no place between ${start} and ${end}.`);
    return `${written.slice(0, from + start.length)}\n\n${rows}\n\n${written.slice(to)}`;
  }, text);
}

/** JSON Schema of cdktf.json, so that editors complete its context and say what is wrong in it. */
export function contextSchema(): JsonSchema {
  const secrets = entries(SECRET, {}, LISTS.secrets.what);
  const settings = {
    ...properties(TOP_LEVEL),
    services: entries(SERVICE, { secrets }, LISTS.services.what),
    secrets,
  };
  const environment = { type: 'object', properties: settings, additionalProperties: false };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'cdktf.json of a project of cloud-run-identity',
    type: 'object',
    properties: {
      context: {
        type: 'object',
        properties: {
          ...settings,
          environments: {
            description: LISTS.environments.what,
            type: 'object',
            propertyNames: { pattern: '^[a-z][a-z0-9]{0,7}$' },
            additionalProperties: environment,
          },
        },
        patternProperties: { '^@?cdkt[fn]': {} },
        additionalProperties: false,
      },
    },
  };
}

function properties(settings: Table): JsonSchema {
  return Object.fromEntries(
    Object.entries(settings).map(([name, { rule, what, default: fallback }]) => [
      name,
      {
        description: `${what}${fallback === undefined || fallback === '' ? '' : ` Default: ${plain(fallback)}`}`,
        ...rule.schema,
      },
    ]),
  );
}

function entries(settings: Table, more: JsonSchema, description: string): JsonSchema {
  const named = Object.entries(properties(settings)).map(([name, schema]) => [keyOf(name), schema]);
  return {
    description,
    type: 'array',
    minItems: 1,
    items: {
      type: 'object',
      properties: { ...Object.fromEntries(named), ...more },
      required: ['name'],
      additionalProperties: false,
    },
  };
}

function table(settings: Table, head: readonly string[], nameOf: (name: string) => string): string {
  const withVariable = head.includes('Variable');
  return markdown(
    head,
    Object.entries(settings).map(([name, { variable, default: fallback, what }]) => [
      code(nameOf(name)),
      ...(withVariable ? [code(variable)] : []),
      fallback ? code(plain(fallback)) : 'none',
      what,
    ]),
  );
}

/** A default without what only environments add, and with the names that a reader knows. */
function plain(fallback: string): string {
  return fallback
    .replaceAll('<suffix>', '')
    .replaceAll('<projectPath>', '<projectId>')
    .replaceAll('<secretName>', '<name>');
}

function code(value: string | undefined): string {
  return value === undefined ? 'none' : `\`${value}\``;
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
