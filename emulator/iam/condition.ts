import { Environment } from '@marcbachmann/cel-js';
import { GoogleApiError } from '../http/errors.ts';
import { expressionFault, linearMatches, withLinearMatches } from './expression.ts';

/** What a condition may ask about: the attributes that Google documents for resources and requests. */
export interface ConditionAttributes {
  readonly resource: { readonly name: string; readonly type: string; readonly service: string };
  readonly request: { readonly time: Date };
}

// https://cloud.google.com/iam/docs/conditions-attribute-reference
const environment = new Environment()
  .registerVariable({ name: 'resource', schema: { name: 'string', type: 'string', service: 'string' } })
  .registerVariable({ name: 'request', schema: { time: 'google.protobuf.Timestamp' } })
  .registerFunction('string.extract(string): string', extract)
  .registerFunction('string.linearMatches(string): bool', linearMatches);

/** What Google's conditions may also ask about: tags, and what only some services know of a request. */
const NOT_EMULATED =
  /\b(resource\s*\.\s*(matchTag|matchTagId|hasTagKey|hasTagKeyId)|request\s*\.\s*(auth|host|path)|api\s*\.\s*getAttribute|destination\s*\.\s*(ip|port)|origin\s*\.\s*(ip|port))\b/;

/**
 * Refuses what is not a CEL expression of type bool over the documented attributes.
 * @throws GoogleApiError INVALID_ARGUMENT with the parser's own words
 */
export function checkCondition(expression: unknown): void {
  if (typeof expression !== 'string' || expression.trim() === '') {
    throw new GoogleApiError('INVALID_ARGUMENT', 'Condition expression must not be empty.');
  }
  const [absent] = NOT_EMULATED.exec(expression) ?? [];
  if (absent !== undefined) {
    throw new GoogleApiError(
      'UNIMPLEMENTED',
      `The local cloud does not emulate: ${absent.replace(/\s/g, '')} in conditions.`,
    );
  }
  const why = faultOf(expression);
  if (why !== undefined) {
    throw new GoogleApiError('INVALID_ARGUMENT', `Condition expression compilation failed: ${why}.`);
  }
}

function faultOf(expression: string): string | undefined {
  const result = environment.check(expression);
  if (!result.valid) return result.error?.message.split('\n')[0] ?? 'it is no CEL';
  if (result.type !== 'bool') return `expression of type 'bool' expected, got '${result.type}'`;
  return expressionFault(environment.parse(expression).ast);
}

/**
 * What tells whether the condition holds, to be asked as often as one likes. A condition that fails to evaluate does
 * not hold, as in IAM.
 */
export function compileCondition(expression: string): (attributes: ConditionAttributes) => boolean {
  const evaluate = parse(expression);
  return (attributes) => {
    try {
      return evaluate({ ...attributes }) === true;
    } catch {
      return false;
    }
  };
}

/** A condition that is no CEL is refused when a policy is set, but may be in a state that was saved long ago. */
function parse(expression: string): (attributes: object) => unknown {
  try {
    const { ast } = environment.parse(expression);
    return expressionFault(ast) ? () => false : environment.parse(withLinearMatches(expression, ast));
  } catch {
    return () => false;
  }
}

/** `extract(template)` of IAM's CEL: the part of the value that `{name}` stands for in the template, or ''. */
export function extract(value: string, template: string): string {
  const open = template.indexOf('{');
  const close = template.indexOf('}', open);
  if (open < 0 || close < 0) return '';
  const before = template.slice(0, open);
  const after = template.slice(close + 1);
  const start = value.indexOf(before);
  if (start < 0) return '';
  const from = start + before.length;
  const to = after === '' ? value.length : value.indexOf(after, from);
  return to < 0 ? '' : value.slice(from, to);
}
