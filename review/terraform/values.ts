/** A value that nobody can tell before the deployment, or that this review does not evaluate. */
export class Unknown {
  /** As it is written, a template, with the parts filled in that are known. */
  readonly text: string;
  /** Why, as the end of a sentence: `it is known after the deployment`. */
  readonly reason: string;
  /**
   * Whether it is certain what it will stand for, though not its value: an attribute with a documented meaning of a
   * resource in the same stack, such as the digest of an image that the stack pushes.
   */
  readonly isComputed: boolean;
  /** Another name of the very same thing that is known: the email in place of a service account's unique id. */
  readonly sameAs: string | undefined;

  constructor(
    text: string,
    reason: string,
    more: { isComputed?: boolean; sameAs?: string | undefined } = {},
  ) {
    this.text = text;
    this.reason = reason;
    this.isComputed = more.isComputed ?? false;
    this.sameAs = more.sameAs;
  }

  toString(): string {
    return this.text;
  }

  toJSON(): string {
    return this.text;
  }
}

/** Whether a value is unknown. */
export function isUnknown(value: unknown): value is Unknown {
  return value instanceof Unknown;
}

/** A map, as opposed to a list, text, number, null or what is unknown. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isUnknown(value);
}

/** The first unknown in a value, however deep. */
export function unknownIn(value: unknown): Unknown | undefined {
  if (isUnknown(value)) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const item of Object.values(value)) {
    const found = unknownIn(item);
    if (found) return found;
  }
  return undefined;
}

/** Every unknown in a value with its place, e.g. `template.spec.containers[0].image`. */
export function unknownsIn(value: unknown, at = ''): (readonly [at: string, unknown: Unknown])[] {
  return leavesOf(value, at).filter((leaf): leaf is readonly [string, Unknown] => isUnknown(leaf[1]));
}

/** Every leaf of a value with its place; an empty list or map is a leaf. */
export function leavesOf(value: unknown, at = ''): (readonly [at: string, leaf: unknown])[] {
  if (typeof value !== 'object' || value === null || isUnknown(value)) return [[at, value]];
  const items: [string, unknown][] = Array.isArray(value)
    ? value.map((item, index) => [`${at}[${index}]`, item])
    : Object.entries(value).map(([name, item]) => [at === '' ? name : `${at}.${name}`, item]);
  return items.length === 0 ? [[at, value]] : items.flatMap(([place, item]) => leavesOf(item, place));
}

/** A value for reading and for JSON: what is unknown as the template that it is, literal text escaped as in one. */
export function written(value: unknown): unknown {
  if (isUnknown(value)) return value.text;
  if (typeof value === 'string') return escapeTemplate(value);
  if (Array.isArray(value)) return value.map(written);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, written(item)]));
}

/** Literal text as a template that gives this text. */
export function escapeTemplate(text: string): string {
  return text.replace(/[$%](?=\{)/g, '$&$&');
}
