/** A rule of google.api.http: one method, its path, and what of the message is the body. */
export interface HttpRule {
  readonly get?: string;
  readonly post?: string;
  readonly patch?: string;
  readonly put?: string;
  readonly delete?: string;
  readonly body?: string;
  readonly additional_bindings?: HttpRule | readonly HttpRule[];
}

/** The request over HTTP that a call stands for. */
export interface HttpCall {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly body: unknown;
}

type Json = Readonly<Record<string, unknown>>;

const METHODS = ['get', 'post', 'patch', 'put', 'delete'] as const;

/**
 * Makes an HTTP request out of a message in its JSON form, by the rules of
 * https://google.aip.dev/127 (google/api/http.proto).
 * @returns undefined where no rule's path fits the message
 */
export function transcode(rule: HttpRule, message: Json): HttpCall | undefined {
  const rules = [rule, ...[rule.additional_bindings ?? []].flat()];
  for (const candidate of rules) {
    const call = apply(candidate as HttpRule, message);
    if (call) return call;
  }
  return undefined;
}

function apply(rule: HttpRule, message: Json): HttpCall | undefined {
  const method = METHODS.find((name) => rule[name] !== undefined);
  if (method === undefined) return undefined;
  const bound: string[][] = [];
  let fits = true;
  const path = (rule[method] ?? '').replace(
    /\{([\w.]+)(?:=([^}]+))?\}/g,
    (_all, name: string, pattern = '*') => {
      const field = name.split('.').map(camelCase);
      const value = String(valueAt(message, field) ?? '');
      fits &&= patternOf(pattern).test(value);
      bound.push(field);
      return encodeURI(value);
    },
  );
  if (!fits) return undefined;
  const rest = bound.reduce(without, message);
  if (rule.body === '*') return { method, url: path, body: rest };
  const field = rule.body === undefined ? undefined : camelCase(rule.body);
  const { [field ?? '']: _, ...query } = rest;
  const parameters = new URLSearchParams(parametersOf(query)).toString();
  const url = parameters === '' ? path : `${path}?${parameters}`;
  return { method, url, body: field === undefined ? undefined : (message[field] ?? {}) };
}

/** `projects/*` and `**` as a regular expression. */
function patternOf(pattern: string): RegExp {
  const parts = pattern.split(/(\*\*?)/).map((part) => {
    if (part === '**') return '.+';
    return part === '*' ? '[^/]+' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`);
}

function valueAt(message: unknown, [field, ...rest]: readonly string[]): unknown {
  if (field === undefined) return message;
  return typeof message === 'object' && message !== null
    ? valueAt((message as Json)[field], rest)
    : undefined;
}

/** The message without the field; what was inside others stays, as the resource itself bears its name. */
function without(message: Json, [field, ...rest]: readonly string[]): Json {
  if (field === undefined || rest.length > 0) return message;
  const { [field]: _, ...others } = message;
  return others;
}

function parametersOf(value: Json, prefix = ''): [string, string][] {
  return Object.entries(value).flatMap(([name, item]): [string, string][] => {
    if (Array.isArray(item)) return item.map((one) => [prefix + name, String(one)]);
    if (typeof item === 'object' && item !== null) return parametersOf(item as Json, `${prefix}${name}.`);
    return [[prefix + name, String(item)]];
  });
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
