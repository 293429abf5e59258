import { Errors } from 'typebox/schema';
import { Settings } from 'typebox/system';
import { type JsonSchema, typeName } from './shape.ts';

// Names of the schema's own and what looks like the name of a variable; anything else may be a value in a wrong place.
const plainName = /^[A-Z][A-Z0-9_]{0,39}$/;
const mapKey = /^[A-Za-z][\w.-]{0,39}$/;

/** One of the validator's findings. */
type Finding = ReturnType<typeof Errors>[1][number];

/**
 * What is wrong with a value by a JSON Schema, all of it, each with the JSON Pointer (RFC 6901) of what is meant, and
 * never with a value. In place of a name that the schema does not know, a pointer has `*`.
 */
export function problemsOf(schema: JsonSchema, value: unknown): readonly string[] {
  const problems = findings(schema, value).flatMap((finding) => describe(finding, schema, value));
  return [...new Set(problems)];
}

/** The validator stops at eight unless its setting, which all users of it share, says otherwise. */
function findings(schema: JsonSchema, value: unknown): readonly Finding[] {
  const { maxErrors } = Settings.Get();
  Settings.Set({ maxErrors: Number.MAX_SAFE_INTEGER });
  try {
    return Errors(schema, value)[1];
  } finally {
    Settings.Set({ maxErrors });
  }
}

function describe(finding: Finding, schema: JsonSchema, value: unknown): string[] {
  const { keyword, instancePath, schemaPath } = finding;
  const pointer = shownPointer(schema, value, instancePath);
  const allowed = descriptionOf(at(schema, schemaPath));
  switch (keyword) {
    // Said for each of the names on its own.
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return [];
    case 'boolean':
      return [`${pointer} is not allowed: the schema does not have it`];
    case 'required':
      return finding.params.requiredProperties.map((name) => {
        const inner = at(schema, `${schemaPath}/properties/${escaped(name)}`);
        const parent = instancePath === '' ? '' : pointer;
        return `${parent}/${escaped(name)} is missing${descriptionOf(inner)}`;
      });
    case 'pattern':
      return [`${pointer} ${allowed ? `must be ${allowed.slice(2)}` : finding.message}`];
    case 'propertyNames':
      return [`${pointer} has names that are not allowed${allowed}`];
    case 'type':
      return [`${pointer} ${finding.message}, got ${typeName(at(value, `#${instancePath}`))}${allowed}`];
    default:
      return [`${pointer} ${finding.message}${allowed}`];
  }
}

function descriptionOf(schema: unknown): string {
  const description = isRecord(schema) ? schema.description : undefined;
  return typeof description === 'string' ? `: ${description}` : '';
}

/** An instance's pointer with `*` for each name that nobody has declared. */
function shownPointer(schema: JsonSchema, value: unknown, pointer: string): string {
  let here: unknown = schema;
  let inner = value;
  const shown = segmentsOf(pointer).map((name) => {
    const parent = inner;
    inner = isRecord(parent) ? parent[name] : undefined;
    const { properties, additionalProperties, items } = isRecord(here) ? here : {};
    if (Array.isArray(parent)) {
      here = items;
      return name;
    }
    if (isRecord(properties) && Object.hasOwn(properties, name)) {
      here = properties[name];
      return escaped(name);
    }
    here = additionalProperties;
    const isShown = (additionalProperties === false ? plainName : mapKey).test(name);
    return isShown ? escaped(name) : '*';
  });
  return shown.length === 0 ? 'the value' : `/${shown.join('/')}`;
}

/** What a pointer that begins with # means. */
function at(whole: unknown, pointer: string): unknown {
  return segmentsOf(pointer.slice(1)).reduce(
    (value, name) => (isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    whole,
  );
}

function segmentsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
