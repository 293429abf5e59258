import { createRequire } from 'node:module';
import type { ASTNode } from '@marcbachmann/cel-js';
import type { RE2JS } from 're2js';

/** How many `&&`, `||` and `!` a condition may have (https://cloud.google.com/iam/quotas#limits). */
const OPERATOR_LIMIT = 12;

/** What CEL has for lists, and IAM has not: each multiplies how long an expression takes. */
const COMPREHENSIONS = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);

/** Patterns that were used already. */
const patterns = new Map<string, RE2JS>();

/** What of an expression IAM refuses although it is CEL; undefined if nothing. */
export function expressionFault(root: ASTNode): string | undefined {
  const nodes = nodesOf(root);
  const comprehension = nodes.map(methodOf).find((method) => COMPREHENSIONS.has(method ?? ''));
  if (comprehension !== undefined) return `undeclared reference to '${comprehension}'`;
  const operators = nodes.filter(({ op }) => op === '&&' || op === '||' || op === '!_').length;
  if (operators > OPERATOR_LIMIT) {
    return `it has ${operators} logical operators; at most ${OPERATOR_LIMIT} are allowed`;
  }
  for (const node of nodes) {
    const [argument] = methodOf(node) === 'matches' ? (node.args as [string, ASTNode, ASTNode[]])[2] : [];
    if (argument?.op !== 'value') continue;
    try {
      patternOf(String(argument.args));
    } catch (error) {
      return `invalid regular expression: ${(error as Error).message}`;
    }
  }
  return undefined;
}

/** The expression with `linearMatches` in the place of `matches`, whose regular expressions can take exponentially long. */
export function withLinearMatches(expression: string, root: ASTNode): string {
  const ends = nodesOf(root)
    .filter((node) => methodOf(node) === 'matches')
    .map((node) => (node.args as [string, ASTNode, ASTNode[]])[1].range.end)
    .sort((one, other) => other - one);
  return ends.reduce(
    (text, end) => text.slice(0, end) + text.slice(end).replace(/^([)\s]*\.\s*)matches\b/, '$1linearMatches'),
    expression,
  );
}

/** Whether a part of the text fits an RE2 pattern, in time that grows with the text alone, as in CEL by its definition. */
export function linearMatches(text: string, pattern: string): boolean {
  return patternOf(pattern).matcher(text).find();
}

function patternOf(pattern: string): RE2JS {
  const known = patterns.get(pattern);
  if (known) return known;
  // Loaded with the first pattern, which most policies do not have.
  const { RE2JS } = createRequire(import.meta.url)('re2js') as typeof import('re2js');
  const compiled = RE2JS.compile(pattern);
  if (patterns.size >= 1000) patterns.clear();
  patterns.set(pattern, compiled);
  return compiled;
}

function methodOf({ op, args }: ASTNode): string | undefined {
  return op === 'rcall' ? (args as [string, ASTNode, ASTNode[]])[0] : undefined;
}

/** The node and all beneath it. */
function nodesOf(node: ASTNode): ASTNode[] {
  const beneath = [node.args]
    .flat(3)
    .filter((item) => typeof item === 'object' && item !== null && 'op' in item);
  return [node, ...(beneath as unknown as ASTNode[]).flatMap(nodesOf)];
}
