import type { JsonSchema } from './shape.ts';

type Check = (argument: never, value: unknown, schema: JsonSchema) => boolean;

const printable = /^[\x20-\x7e]*$/;

// What a value must be by each keyword of JSON Schema 2020-12 that is known here; keywords of other types don't bind.
const checks: Readonly<Record<string, Check>> = {
  type: (type: unknown, value) => typeof type === 'string' && types[type]?.(value) === true,
  enum: (allowed: unknown, value) => Array.isArray(allowed) && !isNested(value) && allowed.includes(value),
  const: (only: unknown, value) => !isNested(only) && only === value,
  pattern: (pattern: string, value) => typeof value !== 'string' || new RegExp(pattern, 'u').test(value),
  // Characters are counted in more than one way, which all agree on these.
  minLength: (least: number, value) =>
    typeof value !== 'string' || (value.length >= least && (least <= 1 || printable.test(value))),
  maxLength: (most: number, value) =>
    typeof value !== 'string' || (printable.test(value) && value.length <= most),
  minimum: (least: number, value) => typeof value !== 'number' || value >= least,
  maximum: (most: number, value) => typeof value !== 'number' || value <= most,
  minItems: (least: number, value) => !Array.isArray(value) || value.length >= least,
  maxItems: (most: number, value) => !Array.isArray(value) || value.length <= most,
  items: (inner: JsonSchema, value) =>
    !Array.isArray(value) || value.every((item) => isPlainlyValid(inner, item)),
  required: (names: readonly string[], value) =>
    !isObject(value) || names.every((name) => Object.hasOwn(value, name)),
  properties: (inner: Readonly<Record<string, JsonSchema>>, value) =>
    !isObject(value) ||
    Object.entries(inner).every(
      ([name, schema]) => !Object.hasOwn(value, name) || isPlainlyValid(schema, value[name]),
    ),
  additionalProperties: (inner: JsonSchema | boolean, value, { properties = {} }) =>
    !isObject(value) ||
    Object.keys(value).every(
      (name) => Object.hasOwn(properties as object, name) || isPlainlyValid(inner, value[name]),
    ),
};

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  number: (value) => Number.isFinite(value),
  integer: (value) => Number.isSafeInteger(value),
  null: (value) => value === null,
  array: Array.isArray,
  object: isObject,
};

const annotations = new Set(['$comment', '$schema', 'default', 'description', 'examples', 'title']);

/**
 * Whether a value is right by a JSON Schema that says no more than most do: types, names, patterns, limits. False means
 * that it is wrong or that the schema says more, which the validator tells apart ({@link problemsOf}); that takes a
 * tenth of a start to load, and a service's secret is nearly always right.
 */
export function isPlainlyValid(schema: JsonSchema | boolean, value: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return schema === true;
  return Object.entries(schema).every(([keyword, argument]) => {
    if (annotations.has(keyword) || keyword.startsWith('x-')) return true;
    return Object.hasOwn(checks, keyword) && checks[keyword]?.(argument as never, value, schema) === true;
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return isNested(value) && !Array.isArray(value);
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
