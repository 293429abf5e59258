import type { Expression } from './parse.ts';
import { ExpressionError, isTemplate, parseTemplate } from './parse.ts';
import type { Block } from './stack.ts';
import type { StackScope } from './stack-scope.ts';
import { leavesOf } from './values.ts';

/** An argument that counts with the default of a variable, directly or over other values. */
export interface Assumption {
  /** Path of the argument, e.g. `member`. */
  readonly argument: string;
  readonly variable: string;
}

/**
 * Which arguments of a block would be others with another value of a variable than its default. Whoever deploys sets
 * it: with TF_VAR_NAME, -var or -var-file. One that a file beside the stack sets is not among them.
 *
 * @param skips whether a variable may be anything in this argument
 */
export function assumptionsOf(
  scope: StackScope,
  block: Block,
  skips: (argument: string) => boolean,
): Assumption[] {
  const { '//': _comment, ...body } = block.body;
  return leavesOf(body).flatMap(([argument, leaf]) => {
    const names = [...argument.split(/[.[\]]/), leaf];
    if (skips(argument) || !names.some((name) => typeof name === 'string' && isTemplate(name))) return [];
    const variables = variablesIn([argument, leaf], scope, new Set());
    return [...variables].map((variable) => ({ argument, variable }));
  });
}

/** Names of variables with a default that the texts of a value depend on. */
function variablesIn(value: unknown, scope: StackScope, seen: Set<string>): Set<string> {
  const found = new Set<string>();
  const visit = (name: string) => {
    const key = `${scope.source.id} ${name}`;
    if (seen.has(key)) return;
    seen.add(key);
    const [, variable] = /^var\.([^.]+)/.exec(name) ?? [];
    if (variable !== undefined && scope.isDefault(variable)) found.add(variable);
    for (const source of scope.sourcesOf(name))
      for (const one of variablesIn(source.value, source.scope, seen)) found.add(one);
  };
  for (const text of textsIn(value)) for (const name of namesIn(text)) visit(name);
  return found;
}

function textsIn(value: unknown): string[] {
  return leavesOf(value).flatMap(([at, leaf]) =>
    [at, leaf].filter((text): text is string => typeof text === 'string' && isTemplate(text)),
  );
}

/** What an expression refers to: each path of names as far as it is written, e.g. `local.x`. */
function namesIn(text: string): string[] {
  const names: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const path = 'kind' in value ? pathOf(value as Expression) : undefined;
    if (path) names.push(path.names.join('.'));
    for (const inner of path?.keys ?? Object.values(value)) visit(inner);
  };
  try {
    visit(parseTemplate(text));
  } catch (error) {
    // It is unknown then, and said as such.
    if (!(error instanceof ExpressionError)) throw error;
  }
  return names;
}

interface Path {
  readonly names: readonly string[];
  readonly keys: readonly Expression[];
}

/** `a.b["c"].d` as its names and the keys between them. */
function pathOf(expression: Expression): Path | undefined {
  if (expression.kind === 'variable') return { names: [expression.name], keys: [] };
  if (expression.kind !== 'index' && expression.kind !== 'attribute') return undefined;
  const path = pathOf(expression.of);
  if (path === undefined) return undefined;
  return expression.kind === 'index'
    ? { ...path, keys: [...path.keys, expression.key] }
    : { ...path, names: [...path.names, expression.name] };
}
