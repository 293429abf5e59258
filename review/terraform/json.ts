/** A parsed JSON text that still knows its lines. */
export interface JsonText {
  readonly value: unknown;
  /** The line, from 1 on, of an object that stands in `value`: that of the key before it. */
  lineOf(object: object): number | undefined;
}

/** A text is no JSON, or no JSON that Terraform and this review would read alike. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
}

/**
 * Reads JSON as `JSON.parse` does, and keeps the lines. A key that stands twice is refused: `JSON.parse` keeps the
 * last one, Terraform both.
 *
 * @throws JsonError with the line
 */
export function readJson(text: string): JsonText {
  const reader = new Reader(text);
  const value = reader.read();
  return { value, lineOf: (object) => reader.lines.get(object) };
}

const WHITESPACE = /[ \t\r\n]*/y;
const STRING = /"(?:[^"\\]|\\.)*"/y;
const SCALAR = /-?\d[\d.eE+-]*|true|false|null/y;

class Reader {
  readonly lines = new WeakMap<object, number>();
  readonly #text: string;
  #at = 0;
  #line = 1;
  #counted = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): unknown {
    const value = this.#value(1);
    this.#space();
    if (this.#at < this.#text.length) this.#fail('something stands behind the end');
    return value;
  }

  #value(line: number): unknown {
    this.#space();
    const first = this.#text[this.#at];
    if (first === '{') return this.#object(line);
    if (first === '[') return this.#array(line);
    const token = this.#match(first === '"' ? STRING : SCALAR) ?? this.#fail('a value is missing');
    return this.#parse(token);
  }

  #object(line: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    this.lines.set(object, line);
    this.#at++;
    for (let first = true; !this.#take('}'); first = false) {
      if (!first && !this.#take(',')) this.#fail('a comma or } is missing');
      this.#space();
      const token = this.#match(STRING) ?? this.#fail('a key is missing');
      const key = this.#parse(token) as string;
      const keyLine = this.#lineHere();
      if (Object.hasOwn(object, key)) this.#fail(`the key ${token} stands twice in one object`);
      if (!this.#take(':')) this.#fail('a colon is missing');
      const value = this.#value(keyLine);
      Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
    }
    return object;
  }

  #array(line: number): unknown[] {
    const array: unknown[] = [];
    this.lines.set(array, line);
    this.#at++;
    while (!this.#take(']')) {
      if (array.length > 0 && !this.#take(',')) this.#fail('a comma or ] is missing');
      array.push(this.#value(this.#lineHere()));
    }
    return array;
  }

  #parse(token: string): unknown {
    try {
      return JSON.parse(token);
    } catch {
      return this.#fail(`${token.slice(0, 40)} is no value`);
    }
  }

  #space(): void {
    this.#match(WHITESPACE);
  }

  #take(character: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #lineHere(): number {
    for (let at = this.#text.indexOf('\n', this.#counted); at >= 0 && at < this.#at; ) {
      this.#line++;
      this.#counted = at + 1;
      at = this.#text.indexOf('\n', this.#counted);
    }
    return this.#line;
  }

  #fail(what: string): never {
    throw new JsonError(`line ${this.#lineHere()}: ${what}`);
  }
}
