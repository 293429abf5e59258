/** An expression of Terraform's language, https://developer.hashicorp.com/terraform/language/expressions. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'template'; readonly parts: readonly Expression[] }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'attribute'; readonly of: Expression; readonly name: string }
  | { readonly kind: 'index'; readonly of: Expression; readonly key: Expression }
  | { readonly kind: 'splat'; readonly of: Expression; readonly each: Expression; readonly item: string }
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly args: readonly Expression[];
      readonly spread: boolean;
    }
  | { readonly kind: 'unary'; readonly operator: string; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'if';
      readonly test: Expression;
      readonly then: Expression;
      readonly otherwise: Expression;
    }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'map'; readonly items: readonly (readonly [key: Expression, value: Expression])[] }
  | {
      readonly kind: 'for';
      readonly keyName: string | undefined;
      readonly valueName: string;
      readonly of: Expression;
      /** Only in a map. */
      readonly key: Expression | undefined;
      readonly value: Expression;
      readonly test: Expression | undefined;
      readonly grouped: boolean;
    };

/** A text is no expression, or one of a kind that is not read here. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

/** Whether a text of Terraform's JSON syntax is anything but itself. */
export function isTemplate(text: string): boolean {
  return text.includes('${') || text.includes('%{');
}

const cache = new Map<string, Expression | ExpressionError>();

/**
 * Parses a text of Terraform's JSON syntax, where every text is a template:
 * https://developer.hashicorp.com/terraform/language/syntax/json#expression-mapping.
 *
 * @throws ExpressionError
 */
export function parseTemplate(text: string): Expression {
  let parsed = cache.get(text);
  if (parsed === undefined) {
    try {
      parsed = new Parser(text).wholeTemplate();
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      parsed = error;
    }
    if (cache.size > 10_000) cache.clear();
    cache.set(text, parsed);
  }
  if (parsed instanceof ExpressionError) throw parsed;
  return parsed;
}

const SPACE = /(?:[ \t\r\n]+|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const IDENTIFIER = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;
const NUMBER = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const OPERATOR = /&&|\|\||[=!<>]=|[<>+*/%-]/y;
const LITERAL = /(?:[^$%\\"]|\$(?!\{|\$\{)|%(?!\{|%\{))+/y;
const BINDING: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  '==': 3,
  '!=': 3,
  '<': 4,
  '>': 4,
  '<=': 4,
  '>=': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
};
const CONSTANTS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([nrt"\\]))/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** Deeper nesting than this is nobody's expression, and would exhaust the stack. */
const MOST_NESTING = 200;

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  wholeTemplate(): Expression {
    const template = this.#template(false);
    if (this.#at < this.#text.length) this.#fail('something stands behind the end');
    return template;
  }

  /** Up to the closing quote, or up to the end of the text where there is none. */
  #template(isQuoted: boolean): Expression {
    const parts: Expression[] = [];
    while (this.#at < this.#text.length && !(isQuoted && this.#text[this.#at] === '"')) {
      parts.push(this.#part(isQuoted));
    }
    const [only] = parts;
    if (parts.length === 0) return { kind: 'literal', value: '' };
    return parts.length === 1 && only ? only : { kind: 'template', parts };
  }

  #part(isQuoted: boolean): Expression {
    if (this.#take('$${')) return { kind: 'literal', value: '${' };
    if (this.#take('%%{')) return { kind: 'literal', value: '%{' };
    if (this.#take('%{')) return this.#fail('a template directive is not read here');
    if (this.#take('${')) {
      if (this.#text[this.#at] === '~') return this.#fail('a strip marker is not read here');
      const expression = this.#expression();
      this.#expect('}');
      return expression;
    }
    if (isQuoted && this.#text[this.#at] === '\\') return { kind: 'literal', value: this.#escape() };
    const literal = this.#match(LITERAL) ?? this.#text[this.#at++] ?? '';
    return { kind: 'literal', value: literal };
  }

  #escape(): string {
    ESCAPE.lastIndex = this.#at;
    const [whole, short, long, simple] = ESCAPE.exec(this.#text) ?? this.#fail('an escape that there is not');
    this.#at += whole.length;
    if (simple !== undefined) return ESCAPES[simple] ?? simple;
    const point = Number.parseInt(short ?? long ?? '', 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : this.#fail('no character');
  }

  #expression(): Expression {
    if (++this.#depth > MOST_NESTING) this.#fail('it is nested too deeply');
    const test = this.#binary(0);
    if (!this.#symbol('?')) {
      this.#depth--;
      return test;
    }
    const then = this.#expression();
    this.#expect(':');
    const otherwise = this.#expression();
    this.#depth--;
    return { kind: 'if', test, then, otherwise };
  }

  #binary(least: number): Expression {
    let left = this.#unary();
    for (;;) {
      this.#space();
      const before = this.#at;
      const operator = this.#match(OPERATOR);
      const binding = operator === undefined ? 0 : (BINDING[operator] ?? 0);
      if (operator === undefined || binding <= least) {
        this.#at = before;
        return left;
      }
      left = { kind: 'binary', operator, left, right: this.#binary(binding) };
    }
  }

  #unary(): Expression {
    this.#space();
    const operator = this.#text[this.#at];
    if ((operator === '!' && this.#text[this.#at + 1] !== '=') || operator === '-') {
      if (++this.#depth > MOST_NESTING) this.#fail('it is nested too deeply');
      this.#at++;
      const operand = this.#unary();
      this.#depth--;
      return { kind: 'unary', operator, operand };
    }
    return this.#postfix(this.#primary());
  }

  #postfix(start: Expression): Expression {
    let of = start;
    for (;;) {
      const before = this.#at;
      this.#space();
      if (this.#text.startsWith('...', this.#at)) {
        this.#at = before;
        return of;
      }
      if (this.#take('.')) {
        this.#space();
        if (this.#take('*')) return this.#splat(of, false);
        const name = this.#match(IDENTIFIER) ?? this.#match(/\d+/y) ?? this.#fail('a name is missing');
        of = /^\d/.test(name)
          ? { kind: 'index', of, key: { kind: 'literal', value: Number(name) } }
          : { kind: 'attribute', of, name };
      } else if (this.#take('[')) {
        if (this.#symbol('*')) {
          this.#expect(']');
          return this.#splat(of, true);
        }
        const key = this.#expression();
        this.#expect(']');
        of = { kind: 'index', of, key };
      } else {
        this.#at = before;
        return of;
      }
    }
  }

  /** What follows `[*]` is for each item; what follows `.*` too, but for an index, which is of the whole list. */
  #splat(of: Expression, isFull: boolean): Expression {
    const item = ` item${this.#at}`;
    if (isFull) return { kind: 'splat', of, each: this.#postfix({ kind: 'variable', name: item }), item };
    let each: Expression = { kind: 'variable', name: item };
    while (this.#text[this.#at] === '.' && !this.#text.startsWith('...', this.#at)) {
      this.#at++;
      each = {
        kind: 'attribute',
        of: each,
        name: this.#match(IDENTIFIER) ?? this.#fail('a name is missing'),
      };
    }
    return this.#postfix({ kind: 'splat', of, each, item });
  }

  #primary(): Expression {
    this.#space();
    const number = this.#match(NUMBER);
    if (number !== undefined) return { kind: 'literal', value: exact(number) ?? this.#fail('a long number') };
    if (this.#take('"')) {
      const template = this.#template(true);
      if (!this.#take('"')) this.#fail('a quote is missing');
      return template;
    }
    if (this.#take('(')) {
      const expression = this.#expression();
      this.#expect(')');
      return expression;
    }
    if (this.#take('[')) return this.#list();
    if (this.#take('{')) return this.#map();
    if (this.#text.startsWith('<<', this.#at)) this.#fail('a heredoc is not read here');
    const name = this.#match(IDENTIFIER) ?? this.#fail('an expression is missing');
    if (Object.hasOwn(CONSTANTS, name)) return { kind: 'literal', value: CONSTANTS[name] ?? null };
    return this.#callOf(name) ?? { kind: 'variable', name };
  }

  #callOf(name: string): Expression | undefined {
    let full = name;
    while (this.#take('::')) full += `::${this.#match(IDENTIFIER) ?? this.#fail('a name is missing')}`;
    if (!this.#symbol('(')) return full === name ? undefined : this.#fail('( is missing');
    const args: Expression[] = [];
    let spread = false;
    while (!this.#symbol(')')) {
      if (args.length > 0 && !this.#symbol(',')) this.#fail('a comma or ) is missing');
      if (this.#symbol(')')) break;
      args.push(this.#expression());
      spread = this.#symbol('...');
    }
    return { kind: 'call', name: full, args, spread };
  }

  #list(): Expression {
    if (this.#isFor()) return this.#for(']');
    const items: Expression[] = [];
    while (!this.#symbol(']')) {
      if (items.length > 0 && !this.#symbol(',')) this.#fail('a comma or ] is missing');
      if (this.#symbol(']')) break;
      items.push(this.#expression());
    }
    return { kind: 'list', items };
  }

  #map(): Expression {
    if (this.#isFor()) return this.#for('}');
    const items: [Expression, Expression][] = [];
    while (!this.#symbol('}')) {
      this.#symbol(',');
      if (this.#symbol('}')) break;
      items.push([this.#key(), this.#valueOfKey()]);
    }
    return { kind: 'map', items };
  }

  /** A bare word is the key itself; anything else, also in parentheses, is an expression. */
  #key(): Expression {
    this.#space();
    const before = this.#at;
    const word = this.#match(IDENTIFIER);
    this.#space();
    const next = this.#text[this.#at];
    if (word !== undefined && (next === ':' || (next === '=' && this.#text[this.#at + 1] !== '='))) {
      return { kind: 'literal', value: word };
    }
    this.#at = before;
    return this.#expression();
  }

  #valueOfKey(): Expression {
    if (!this.#symbol('=') && !this.#symbol(':')) this.#fail('= is missing');
    return this.#expression();
  }

  #isFor(): boolean {
    this.#space();
    return (
      /for[ \t\r\n]/y.test(this.#text.slice(this.#at, this.#at + 4)) && this.#match(IDENTIFIER) === 'for'
    );
  }

  #for(end: ']' | '}'): Expression {
    const first = this.#name();
    const second = this.#symbol(',') ? this.#name() : undefined;
    if (this.#name() !== 'in') this.#fail('in is missing');
    const of = this.#expression();
    this.#expect(':');
    const one = this.#expression();
    const isMap = end === '}';
    if (isMap && !this.#symbol('=>')) this.#fail('=> is missing');
    const value = isMap ? this.#expression() : one;
    const grouped = isMap && this.#symbol('...');
    this.#space();
    const test = /if\b/y.test(this.#text.slice(this.#at, this.#at + 3)) ? this.#test() : undefined;
    this.#expect(end);
    const names = { keyName: second === undefined ? undefined : first, valueName: second ?? first };
    return { kind: 'for', ...names, of, key: isMap ? one : undefined, value, test, grouped };
  }

  #test(): Expression {
    this.#name();
    return this.#expression();
  }

  #name(): string {
    this.#space();
    return this.#match(IDENTIFIER) ?? this.#fail('a name is missing');
  }

  #space(): void {
    this.#match(SPACE);
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #symbol(text: string): boolean {
    this.#space();
    return this.#take(text);
  }

  #expect(text: string): void {
    if (!this.#symbol(text)) this.#fail(`${text} is missing`);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #fail(what: string): never {
    throw new ExpressionError(what);
  }
}

/** Terraform's numbers have any length; those that JavaScript would round are not read. */
function exact(digits: string): number | undefined {
  return digits.replace(/[^0-9]/g, '').length <= 15 ? Number(digits) : undefined;
}
