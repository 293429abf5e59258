/** A reference to another resource's attribute, e.g. `google_storage_bucket.bucket.name`. */
export interface Reference {
  readonly kind: 'reference';
  /** Address of the resource, e.g. `google_storage_bucket.bucket`. */
  readonly address: string;
  /** Attribute and what follows it, e.g. `['status', 0, 'url']`. */
  readonly path: readonly (string | number)[];
}

/** The folder of the stack, `path.module`. */
export interface ModulePath {
  readonly kind: 'path.module';
}

/** An expression that the applier does not know. */
export interface UnknownExpression {
  readonly kind: 'unknown';
  readonly text: string;
}

/** What a template consists of: literal text and expressions. */
export type Segment = string | Reference | ModulePath | UnknownExpression;

/** What expressions are resolved against. */
export interface Scope {
  /** Folder that `path.module` stands for. */
  readonly moduleDirectory: string;
  /** Attributes of an applied resource. */
  attributes(address: string): Readonly<Record<string, unknown>>;
}

const SEQUENCES = /\$\$\{|%%\{|%\{[^}]*\}?|\$\{([^}]*)\}?/g;
/** Names of Terraform may hold hyphens: those of outputs of another stack do. */
const REFERENCE =
  /^((?:data\.[a-z][a-z0-9_]*|[a-z][a-z0-9_]*)\.[A-Za-z_][\w-]*)\.([A-Za-z_]\w*)((?:\.[A-Za-z_][\w-]*|\.\d+|\[\d+\])*)$/;

/**
 * Splits a string of Terraform's JSON syntax, where every string is a template, into its segments
 * (https://developer.hashicorp.com/terraform/language/syntax/json#expression-mapping). Never throws: what it does
 * not know is an UnknownExpression.
 */
export function parseTemplate(template: string): Segment[] {
  const segments: Segment[] = [];
  let end = 0;
  for (const match of template.matchAll(SEQUENCES)) {
    if (match.index > end) segments.push(template.slice(end, match.index));
    end = match.index + match[0].length;
    segments.push(parseSequence(match[0], match[1]));
  }
  if (end < template.length) segments.push(template.slice(end));
  return segments;
}

/** Every expression in a JSON value, in the order of writing. */
export function expressionsIn(value: unknown): Exclude<Segment, string>[] {
  if (typeof value === 'string') return parseTemplate(value).filter((segment) => typeof segment !== 'string');
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(expressionsIn);
}

/**
 * The value with every expression replaced. A string that is one expression takes the type of its value; inside a
 * longer string the value becomes text.
 *
 * @throws Error when an attribute does not exist, or is no scalar where text is needed
 */
export function resolve(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') return resolveTemplate(value, scope);
  if (Array.isArray(value)) return value.map((item) => resolve(item, scope));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, scope)]));
}

function parseSequence(sequence: string, expression: string | undefined): Segment {
  if (sequence === '$${' || sequence === '%%{') return sequence.slice(1);
  const text = sequence.endsWith('}') ? (expression?.trim() ?? '') : '';
  if (text === 'path.module') return { kind: 'path.module' };
  const [, address, attribute, rest] = REFERENCE.exec(text) ?? [];
  if (address === undefined || attribute === undefined || isReserved(address)) {
    return { kind: 'unknown', text: sequence };
  }
  const steps = (rest ?? '').match(/[A-Za-z_][\w-]*|\d+/g) ?? [];
  return {
    kind: 'reference',
    address,
    path: [attribute, ...steps.map((step) => (/^\d/.test(step) ? Number(step) : step))],
  };
}

function isReserved(address: string): boolean {
  return /^(?:var|local|module|path|terraform|each|count|self)\./.test(address);
}

function resolveTemplate(template: string, scope: Scope): unknown {
  const values = parseTemplate(template).map((segment) => resolveSegment(segment, scope));
  if (values.length === 1) return values[0];
  return values
    .map((value) => {
      if (typeof value === 'object')
        throw new Error(`"${template}" puts a value that is no text into a text`);
      return String(value);
    })
    .join('');
}

function resolveSegment(segment: Segment, scope: Scope): unknown {
  if (typeof segment === 'string') return segment;
  if (segment.kind === 'path.module') return scope.moduleDirectory;
  if (segment.kind === 'unknown') throw new Error(`unknown expression ${segment.text}`);
  let value: unknown = scope.attributes(segment.address);
  for (const step of segment.path)
    value = (value as Readonly<Record<string | number, unknown>> | undefined)?.[step];
  if (value === undefined || value === null) {
    throw new Error(`${segment.address} has no attribute ${segment.path.join('.')}`);
  }
  return value;
}
