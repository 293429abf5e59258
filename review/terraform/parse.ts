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
const HEREDOC = /<<-?[\p{ID_Start}_][\p{ID_Continue}-]*\r?\n/uy;
/** What ends the text that stands between two directives. */
const ENDS = new Set(['else', 'endif', 'endfor']);
const EVERY_ITEM = { key: undefined, test: undefined, grouped: false };
const CONSTANTS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([nrt"\\]))/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** Deeper nesting than this is nobody's expression, and would exhaust the stack. */
const MOST_NESTING = 200;

/** Parts of a template, and the directive that ended them. */
interface Parts {
  readonly parts: readonly Expression[];
  readonly end: string | undefined;
}

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
    const { parts, end } = this.#parts(isQuoted);
    if (end !== undefined) this.#fail(`${end} stands there without its beginning`);
    const [only] = parts;
    if (parts.length === 0) return { kind: 'literal', value: '' };
    return parts.length === 1 && only ? only : { kind: 'template', parts };
  }

  /** Also up to the directive that ends what stands between two. */
  #parts(isQuoted: boolean): Parts {
    const parts: Expression[] = [];
    while (this.#at < this.#text.length && !(isQuoted && this.#text[this.#at] === '"')) {
      if (this.#take('%{')) {
        this.#strip(parts, isQuoted);
        const keyword = this.#name();
        if (ENDS.has(keyword)) return { parts, end: keyword };
        parts.push(this.#directive(keyword, isQuoted));
      } else if (this.#take('${')) {
        this.#strip(parts, isQuoted);
        parts.push(this.#expression());
        this.#close(isQuoted);
      } else {
        this.#literal(parts, isQuoted);
      }
    }
    return { parts, end: undefined };
  }

  /** https://developer.hashicorp.com/terraform/language/expressions/strings#directives; each gives a text. */
  #directive(keyword: string, isQuoted: boolean): Expression {
    if (++this.#depth > MOST_NESTING) this.#fail('it is nested too deeply');
    const directive = keyword === 'if' ? this.#ifOf(isQuoted) : this.#forOf(keyword, isQuoted);
    this.#depth--;
    return directive;
  }

  #ifOf(isQuoted: boolean): Expression {
    const test = this.#expression();
    this.#close(isQuoted);
    const then = this.#parts(isQuoted);
    if (then.end === 'else') this.#close(isQuoted);
    const otherwise = then.end === 'else' ? this.#parts(isQuoted) : { parts: [], end: then.end };
    if (otherwise.end !== 'endif') this.#fail('endif is missing');
    this.#close(isQuoted);
    return conditional(
      test,
      { kind: 'template', parts: then.parts },
      { kind: 'template', parts: otherwise.parts },
    );
  }

  #forOf(keyword: string, isQuoted: boolean): Expression {
    if (keyword !== 'for') this.#fail(`there is no directive ${keyword}`);
    const names = this.#forNames();
    const of = this.#expression();
    this.#close(isQuoted);
    const { parts, end } = this.#parts(isQuoted);
    if (end !== 'endfor') this.#fail('endfor is missing');
    this.#close(isQuoted);
    const value: Expression = { kind: 'template', parts };
    const each: Expression = { kind: 'for', ...names, of, value, ...EVERY_ITEM };
    return { kind: 'call', name: 'join', args: [{ kind: 'literal', value: '' }, each], spread: false };
  }

  /** A strip marker at the beginning: space before it is no part of the text, up to its line's beginning. */
  #strip(parts: Expression[], isQuoted: boolean): void {
    if (!this.#take('~')) return;
    const last = parts.at(-1);
    if (last?.kind !== 'literal' || typeof last.value !== 'string') return;
    if (isQuoted && /\n\s*$/.test(last.value)) this.#fail('this strip marker is not read here');
    const line = last.value.lastIndexOf('\n', last.value.length - 2) + 1;
    parts[parts.length - 1] = {
      kind: 'literal',
      value: last.value.slice(0, line) + last.value.slice(line).trimEnd(),
    };
  }

  /** The end of what is no text; behind a strip marker, space is no part of the text, up to its line's end. */
  #close(isQuoted: boolean): void {
    this.#space();
    const isStripped = this.#take('~');
    this.#expect('}');
    if (!isStripped) return;
    this.#match(/[^\S\n]*\n?/y);
    if (isQuoted && this.#text[this.#at] === '\\') this.#fail('this strip marker is not read here');
  }

  #literal(parts: Expression[], isQuoted: boolean): void {
    const value = this.#plain(isQuoted);
    const last = parts.at(-1);
    if (last?.kind === 'literal' && typeof last.value === 'string') {
      parts[parts.length - 1] = { kind: 'literal', value: last.value + value };
    } else parts.push({ kind: 'literal', value });
  }

  #plain(isQuoted: boolean): string {
    if (this.#take('$${')) return '${';
    if (this.#take('%%{')) return '%{';
    if (isQuoted && this.#text[this.#at] === '\\') return this.#escape();
    return this.#match(LITERAL) ?? this.#text[this.#at++] ?? '';
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
    return conditional(test, then, otherwise);
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
    const heredoc = this.#match(HEREDOC);
    if (heredoc !== undefined) return new Parser(this.#heredoc(heredoc)).wholeTemplate();
    const name = this.#match(IDENTIFIER) ?? this.#fail('an expression is missing');
    if (Object.hasOwn(CONSTANTS, name)) return { kind: 'literal', value: CONSTANTS[name] ?? null };
    return this.#callOf(name) ?? { kind: 'variable', name };
  }

  /** https://developer.hashicorp.com/terraform/language/expressions/strings#heredoc-strings. */
  #heredoc(start: string): string {
    const [, flush = '', marker = ''] = /^<<(-?)([^\r\n]+)\r?\n$/.exec(start) ?? [];
    const lines: string[] = [];
    for (;;) {
      if (this.#at >= this.#text.length) this.#fail('the end of a heredoc is missing');
      const line = this.#match(/[^\n]*\n?/y) ?? '';
      if (line.trim() === marker) {
        if (line.endsWith('\n')) this.#at--;
        break;
      }
      // The end of an inner one would be taken for that of this one.
      if (line.includes('<<')) this.#fail('a heredoc in a heredoc is not read here');
      lines.push(line);
    }
    return (flush === '' ? lines : this.#flush(lines)).join('');
  }

  /** Without the space that all lines begin with. */
  #flush(lines: readonly string[]): string[] {
    const isPlain = lines.every((line) => {
      const isBlank = line.trim() === '' && /[^\r\n]/.test(line);
      return !isBlank && !line.includes('%{') && line.split('${').length <= line.split('}').length;
    });
    if (!isPlain) this.#fail('how this heredoc is indented is not read here');
    const texts = lines.filter((line) => line.trim() !== '');
    const common = Math.min(...texts.map((line) => /^[ \t]*/.exec(line)?.[0].length ?? 0));
    return lines.map((line) => (line.trim() === '' ? line : line.slice(common)));
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

  #forNames(): { readonly keyName: string | undefined; readonly valueName: string } {
    const first = this.#name();
    const second = this.#symbol(',') ? this.#name() : undefined;
    if (this.#name() !== 'in') this.#fail('in is missing');
    return { keyName: second === undefined ? undefined : first, valueName: second ?? first };
  }

  #for(end: ']' | '}'): Expression {
    const names = this.#forNames();
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

function conditional(test: Expression, then: Expression, otherwise: Expression): Expression {
  return { kind: 'if', test, then, otherwise };
}

/** Terraform's numbers have any length; those that JavaScript would round are not read. */
function exact(digits: string): number | undefined {
  return digits.replace(/[^0-9]/g, '').length <= 15 ? Number(digits) : undefined;
}
