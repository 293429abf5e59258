import { Token } from 'cdktf';

/**
 * A map as the value of an output. As a token, because an object that the CDK is given itself makes it call a
 * function of Node's that is deprecated, and Node prints a warning at each synthesis.
 */
export function mapOutput(entries: Iterable<readonly [string, unknown]>): string {
  return Token.asString(Object.fromEntries(entries));
}
