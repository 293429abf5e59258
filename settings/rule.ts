/** A JSON Schema, as editors read it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What one setting may look like. Variables are texts, so every rule is about a text. */
export interface Rule<Value = string> {
  /** The rule in words, as Google documents it; ends up in the error message after "Allowed:". */
  readonly allowed: string;
  readonly accepts: (text: string) => boolean;
  /** The value that an accepted text stands for. */
  readonly parse: (text: string) => Value;
  /** What cdktf.json holds as text; undefined when it is of a type that the setting has not. */
  readonly toText: (got: unknown) => string | undefined;
  /** What cdktf.json may hold. */
  readonly schema: JsonSchema;
}

function text(got: unknown): string | undefined {
  return typeof got === 'string' ? got : undefined;
}

/** A text that a function accepts; `schema` says as much of it as JSON Schema can. */
export function custom(allowed: string, accepts: Rule['accepts'], schema: JsonSchema = {}): Rule {
  return { allowed, accepts, parse: (value) => value, toText: text, schema: { type: 'string', ...schema } };
}

/** A text that matches a pattern, said in words. */
export function matches(pattern: RegExp, allowed: string): Rule {
  return custom(allowed, (value) => pattern.test(value), { pattern: pattern.source });
}

/** One of a few words. */
export function choice<const Word extends string>(...words: readonly Word[]): Rule<Word> {
  const [last, ...others] = words.toReversed();
  return {
    allowed: others.length === 0 ? `${last}` : `${others.toReversed().join(', ')} or ${last}`,
    accepts: (value) => (words as readonly string[]).includes(value),
    parse: (value) => value as Word,
    toText: text,
    schema: { enum: words },
  };
}

/** `true` or `false`; cdktf.json may also hold the JSON booleans. */
export const flag: Rule<boolean> = {
  allowed: 'true or false',
  accepts: (value) => value === 'true' || value === 'false',
  parse: (value) => value === 'true',
  toText: (got) => (typeof got === 'boolean' ? String(got) : text(got)),
  schema: { enum: [true, false, 'true', 'false'] },
};

/** A whole number; cdktf.json may also hold a JSON number. `of` is its unit: `seconds`. */
export function integer(minimum: number, maximum: number, of = ''): Rule<number> {
  return {
    allowed: `a whole number ${of && `of ${of} `}from ${minimum} to ${maximum}`,
    accepts: (value) => /^(?:0|[1-9][0-9]*)$/.test(value) && +value >= minimum && +value <= maximum,
    parse: Number,
    toText: (got) => (typeof got === 'number' ? String(got) : text(got)),
    schema: {
      anyOf: [
        { type: 'integer', minimum, maximum },
        { type: 'string', pattern: '^[0-9]+$' },
      ],
    },
  };
}

/** A list of texts; a variable holds it as JSON. */
export function list(item: Rule): Rule<readonly string[]> {
  const parsed = (value: string) => {
    const found = parseJson(value);
    return Array.isArray(found) ? (found as unknown[]) : undefined;
  };
  return {
    allowed: `a JSON list without repetitions, each item ${item.allowed}`,
    accepts: (value) => {
      const items = parsed(value);
      if (!items || new Set(items).size < items.length) return false;
      return items.every((one) => typeof one === 'string' && item.accepts(one));
    },
    parse: (value) => parsed(value) as string[],
    toText: (got) => (Array.isArray(got) ? JSON.stringify(got) : text(got)),
    schema: { type: 'array', items: item.schema, uniqueItems: true },
  };
}

/** Texts by key; a variable holds them as JSON. */
export function map(key: Rule, value: Rule): Rule<Readonly<Record<string, string>>> {
  const parsed = (json: string) => {
    const found = parseJson(json);
    return isObject(found) ? Object.entries(found) : undefined;
  };
  return {
    allowed: `a JSON object, each key ${key.allowed}, each value ${value.allowed}`,
    accepts: (json) =>
      parsed(json)?.every(
        ([name, one]) => key.accepts(name) && typeof one === 'string' && value.accepts(one),
      ) ?? false,
    parse: (json) => Object.fromEntries(parsed(json) ?? []) as Record<string, string>,
    toText: (got) => (isObject(got) ? JSON.stringify(got) : text(got)),
    schema: { type: 'object', propertyNames: key.schema, additionalProperties: value.schema },
  };
}

/** Whether a value is an object with keys. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a text holds as JSON; undefined when it is none. */
export function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Whether Terraform would evaluate a part of the text. */
export function holdsTemplate(value: string): boolean {
  return /[$%]\{/.test(value);
}
