import { ArgumentError, areEqual, FUNCTIONS, toBoolean, toText } from './functions.ts';
import { type Expression, ExpressionError, isTemplate, parseTemplate } from './parse.ts';
import { escapeTemplate, isMap, isUnknown, leavesOf, Unknown, unknownIn } from './values.ts';

/** What names in an expression stand for. */
export interface Scope {
  /**
   * The value behind a name and as much of its path as belongs to it: `local.x`, `google_kms_key_ring.ring.id`.
   *
   * @param path the names behind it: attributes, and keys of instances, as far as they are known
   * @returns the value, and how many items of the path it used up
   */
  lookUp(
    name: string,
    path: readonly (string | number)[],
  ): { readonly value: unknown; readonly used: number };
}

/** Names that an expression itself brings, such as those of a `for`. */
type Locals = ReadonlyMap<string, unknown>;

const NONE: Locals = new Map();

/**
 * A value of Terraform's JSON syntax with every template in it evaluated, as far as that is certain. The rest is
 * {@link Unknown}, each with its reason.
 *
 * @param names what the place itself brings, such as `each`
 */
export function evaluate(value: unknown, scope: Scope, names: Locals = NONE): unknown {
  if (typeof value === 'string') return evaluateText(value, scope, names);
  if (Array.isArray(value)) return value.map((item) => evaluate(item, scope, names));
  if (typeof value !== 'object' || value === null || isUnknown(value)) return value;
  const entries: [string, unknown][] = [];
  for (const [name, item] of Object.entries(value)) {
    const key = isTemplate(name) ? evaluateText(name, scope, names) : name;
    if (typeof key !== 'string')
      return new Unknown(`{${name} = …}`, 'the name of an argument is an expression');
    entries.push([key, evaluate(item, scope, names)]);
  }
  return Object.fromEntries(entries);
}

function evaluateText(text: string, scope: Scope, names: Locals): unknown {
  if (!isTemplate(text)) return text.normalize('NFC');
  try {
    const value = new Evaluator(scope).valueOf(parseTemplate(text), names);
    if (!isUnknown(value)) return value;
    // What stands alone is written as its author wrote it; in a longer text the known parts are filled in.
    return value.text === '' ? new Unknown(text, value.reason, value) : value;
  } catch (error) {
    if (error instanceof ExpressionError) return new Unknown(text, `it is not read here: ${error.message}`);
    if (error instanceof RangeError) return new Unknown(text, 'it refers to itself, or is nested too deeply');
    throw error;
  }
}

/** An unknown whose text is that of the whole template around it. */
function because(reason: string): Unknown {
  return new Unknown('', reason);
}

class Evaluator {
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  valueOf(expression: Expression, names: Locals): unknown {
    switch (expression.kind) {
      case 'literal':
        return typeof expression.value === 'string' ? expression.value.normalize('NFC') : expression.value;
      case 'template':
        return this.#template(expression.parts, names);
      case 'variable':
      case 'attribute':
      case 'index':
        return this.#reference(expression, names);
      case 'splat':
        return this.#splat(expression, names);
      case 'call':
        return this.#call(expression, names);
      case 'unary':
        return this.#unary(expression, names);
      case 'binary':
        return this.#binary(expression, names);
      case 'if':
        return this.#if(expression, names);
      case 'list':
        return expression.items.map((item) => this.valueOf(item, names));
      case 'map':
        return this.#map(expression.items, names);
      case 'for':
        return this.#for(expression, names);
    }
  }

  #template(parts: readonly Expression[], names: Locals): unknown {
    const values = parts.map((part) => this.valueOf(part, names));
    const unknowns = values.filter(isUnknown);
    const [first] = unknowns;
    try {
      if (first === undefined) return values.map(toText).join('').normalize('NFC');
      const isNamed = unknowns.every(({ text }) => text !== '');
      const fill = (of: (unknown: Unknown) => string, text: (known: string) => string) =>
        values.map((value) => (isUnknown(value) ? of(value) : text(toText(value)))).join('');
      return new Unknown(isNamed ? fill(({ text }) => text, escapeTemplate) : '', first.reason, {
        isComputed: unknowns.every(({ isComputed }) => isComputed),
        sameAs: unknowns.every(({ sameAs }) => sameAs !== undefined)
          ? fill(
              ({ sameAs }) => sameAs ?? '',
              (known) => known,
            )
          : undefined,
      });
    } catch (error) {
      if (!(error instanceof ArgumentError)) throw error;
      return because('it puts into a text what is no text');
    }
  }

  /** `a.b[0]["c"].d`, as one path where its keys are known. */
  #reference(expression: Expression, names: Locals): unknown {
    const path: (string | number)[] = [];
    let of = expression;
    while (of.kind === 'attribute' || of.kind === 'index') {
      const key = of.kind === 'attribute' ? of.name : this.valueOf(of.key, names);
      if (typeof key !== 'string' && typeof key !== 'number')
        return because('which item is meant is unknown');
      path.unshift(key);
      of = of.of;
    }
    if (of.kind !== 'variable') return walk(this.valueOf(of, names), path);
    if (names.has(of.name)) return walk(names.get(of.name), path);
    const { value, used } = this.#scope.lookUp(of.name, path);
    const rest = path.slice(used);
    if (rest.length === 0 || !isUnknown(value) || !value.isComputed) return walk(value, rest);
    const steps = rest.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
    return new Unknown(value.text.replace(/\}$/, `${steps}}`), value.reason, { isComputed: true });
  }

  #splat({ of, each, item }: Expression & { kind: 'splat' }, names: Locals): unknown {
    const value = this.valueOf(of, names);
    if (isUnknown(value)) return value;
    const items = Array.isArray(value) ? value : value === null ? [] : [value];
    return items.map((one) => this.valueOf(each, new Map([...names, [item, one]])));
  }

  #call({ name, args, spread }: Expression & { kind: 'call' }, names: Locals): unknown {
    if (name === 'try') return this.#try(args, names);
    if (!Object.hasOwn(FUNCTIONS, name)) return because(`it calls ${name}, which is not evaluated here`);
    const values = args.map((arg) => this.valueOf(arg, names));
    const last = spread ? values.pop() : [];
    if (!Array.isArray(last)) return isUnknown(last) ? last : because('it spreads what is no list');
    const all = [...values, ...last];
    const unknown = unknownIn(all);
    if (unknown) return new Unknown('', unknown.reason);
    try {
      const result = FUNCTIONS[name]?.(...all);
      return typeof result === 'string' ? result.normalize('NFC') : result;
    } catch (error) {
      if (!(error instanceof ArgumentError)) throw error;
      return because(`what ${name} makes of its arguments is not evaluated here`);
    }
  }

  /** Terraform takes the first that is no error; what is unknown here might be one there. */
  #try(args: readonly Expression[], names: Locals): unknown {
    const [first] = args;
    const value = first && this.valueOf(first, names);
    return value === undefined || unknownIn(value) ? because('whether try fails is unknown') : value;
  }

  #unary({ operator, operand }: Expression & { kind: 'unary' }, names: Locals): unknown {
    const value = this.valueOf(operand, names);
    if (isUnknown(value)) return new Unknown('', value.reason);
    if (operator === '!' && typeof value === 'boolean') return !value;
    return operator === '-' && typeof value === 'number' ? -value : because('it is no number or boolean');
  }

  #binary({ operator, left, right }: Expression & { kind: 'binary' }, names: Locals): unknown {
    const a = this.valueOf(left, names);
    const b = this.valueOf(right, names);
    const unknown = unknownIn([a, b]);
    if (unknown) return new Unknown('', unknown.reason);
    if (operator === '==') return areEqual(a, b);
    if (operator === '!=') return !areEqual(a, b);
    if (operator === '&&' || operator === '||') {
      if (typeof a !== 'boolean' || typeof b !== 'boolean') return because('it is no boolean');
      return operator === '&&' ? a && b : a || b;
    }
    if (typeof a !== 'number' || typeof b !== 'number') return because('it is no number');
    const result = ARITHMETIC[operator]?.(a, b);
    if (typeof result === 'boolean') return result;
    // Fractions have other digits in Terraform.
    const isExact = [a, b, result].every(Number.isSafeInteger);
    return isExact ? result : because('it calculates with what is no whole number');
  }

  #if({ test, then, otherwise }: Expression & { kind: 'if' }, names: Locals): unknown {
    const condition = this.valueOf(test, names);
    if (isUnknown(condition)) return because(`its condition is unknown: ${condition.reason}`);
    try {
      const [chosen, other] = toBoolean(condition) ? [then, otherwise] : [otherwise, then];
      const value = this.valueOf(chosen, names);
      // Both sides get one type: a number beside a text becomes a text.
      const isText = typeof value === 'string' || value === null || isUnknown(value);
      if (isText || haveOneType(value, this.valueOf(other, names))) return value;
      return because('the sides of its condition have two types');
    } catch (error) {
      if (!(error instanceof ArgumentError)) throw error;
      return because('its condition is no boolean');
    }
  }

  #map(items: readonly (readonly [Expression, Expression])[], names: Locals): unknown {
    const entries: [string, unknown][] = [];
    for (const [key, value] of items) {
      const name = this.valueOf(key, names);
      if (typeof name !== 'string' && typeof name !== 'number') return because('a key of a map is unknown');
      entries.push([String(name), this.valueOf(value, names)]);
    }
    return Object.fromEntries(entries);
  }

  #for(expression: Expression & { kind: 'for' }, names: Locals): unknown {
    const { keyName, valueName, of, key, value, test, grouped } = expression;
    const source = this.valueOf(of, names);
    if (isUnknown(source)) return new Unknown('', source.reason);
    if (!Array.isArray(source) && !isMap(source)) return because('for goes over what is no list and no map');
    // The first name is the index in a list and the item itself in a set, and here they look alike.
    if (Array.isArray(source) && keyName !== undefined) return because('for with two names goes over a list');
    const entries: [unknown, unknown][] = [];
    const items: [string | number, unknown][] = Array.isArray(source)
      ? source.map((item, index) => [index, item])
      : Object.entries(source).sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [itemKey, item] of items) {
      const own = new Map([...names, [valueName, item]]);
      if (keyName !== undefined) own.set(keyName, itemKey);
      const keeps = test === undefined || this.valueOf(test, own);
      if (typeof keeps !== 'boolean') return because('what for keeps is unknown');
      if (!keeps) continue;
      const name = key && this.valueOf(key, own);
      if (key && typeof name !== 'string' && typeof name !== 'number')
        return because('a key of a map is unknown');
      entries.push([name, this.valueOf(value, own)]);
    }
    if (!key) return entries.map(([, item]) => item);
    const named = entries.map(([name, item]) => [String(name), item] as const);
    if (!grouped) return Object.fromEntries(named);
    const groups = Map.groupBy(named, ([name]) => name);
    return Object.fromEntries([...groups].map(([name, items]) => [name, items.map(([, item]) => item)]));
  }
}

function haveOneType(a: unknown, b: unknown): boolean {
  if (typeof a === 'object' && typeof b === 'object' && b !== null && !isUnknown(b)) {
    return unknownIn(b) === undefined && textsOnly(a) && textsOnly(b);
  }
  return typeof a === typeof b;
}

function textsOnly(value: unknown): boolean {
  return leavesOf(value).every(([, leaf]) => typeof leaf === 'string' || typeof leaf === 'object');
}

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number | boolean>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
};

/** Steps into a value. What is unknown stays so; what is not there is unknown, as Terraform would refuse it. */
function walk(start: unknown, path: readonly (string | number)[]): unknown {
  let value = start;
  for (const key of path) {
    if (isUnknown(value)) return value.isComputed ? because(value.reason) : value;
    // A single block stands there without the list that it is in.
    if (key === 0 && isMap(value)) continue;
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) {
      return because(`there is no ${key} in it`);
    }
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}
