import { Environment } from '@marcbachmann/cel-js';
import { GoogleApiError } from '../http/errors.ts';
import { extract } from './condition.ts';
import { expressionFault, linearMatches, withLinearMatches } from './expression.ts';

/** https://cloud.google.com/iam/docs/workload-identity-federation#mapping */
const environment = new Environment()
  .registerVariable('assertion', 'map')
  .registerVariable('mapped', 'map')
  .registerVariable('attribute', 'map')
  .registerFunction('string.extract(string): string', extract)
  .registerFunction('string.linearMatches(string): bool', linearMatches);

/** What an expression may ask about. */
export interface AssertionAttributes {
  /** The claims of the token. */
  readonly assertion: object;
  readonly google?: object;
  readonly attribute?: object;
}

/**
 * Refuses what is no CEL.
 * @throws GoogleApiError INVALID_ARGUMENT naming the field
 */
export function checkAssertionExpression(expression: string, field: string): void {
  let why: string | undefined;
  try {
    why = expressionFault(environment.parse(renamed(expression)).ast);
  } catch (error) {
    why = (error as Error).message.split('\n')[0];
  }
  if (why === undefined) return;
  throw new GoogleApiError('INVALID_ARGUMENT', `Invalid ${field} '${expression}': ${why}`);
}

/** What an expression comes to. @throws Error for a claim that is not there */
export function evaluateAssertion(expression: string, attributes: AssertionAttributes): unknown {
  const { google = {}, attribute = {}, assertion } = attributes;
  const { ast } = environment.parse(renamed(expression));
  return environment.parse(withLinearMatches(renamed(expression), ast))({
    assertion,
    attribute,
    mapped: google,
  });
}

/** To this CEL, `google` is the namespace of types. */
function renamed(expression: string): string {
  return expression.replace(/\bgoogle\.(?=(subject|groups|display_name)\b)/g, 'mapped.');
}
