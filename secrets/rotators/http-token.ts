import { createHash, randomBytes } from 'node:crypto';
import { type Rotator, RotatorError, type SecretValues, textAt } from './rotator.ts';

/** Options of {@link httpToken}. */
export interface HttpTokenOptions {
  /** Where the API keeps its tokens: `PUT URL/ID` adds one, `DELETE URL/ID` removes one. */
  readonly tokensUrl: string;
  /** What a token must open: any address of the API that answers 2xx to whoever has a token. */
  readonly testUrl: string;
  /** Key of the token in a config. @default the key that is rotated */
  readonly key?: string;
}

const PATIENCE_MILLISECONDS = 10_000;

/**
 * A random bearer token for an HTTP API of one's own, of which it accepts several at a time. The API is never sent a
 * token to keep: it gets its SHA-256, hexadecimal, as `{"sha256": …}` and as the ID, with the current token as the
 * Bearer, and compares the digests of those that it is shown.
 */
export function httpToken({ tokensUrl, testUrl, key: fixed }: HttpTokenOptions): Rotator {
  /** Where no key is fixed, it is the one whose value differs. */
  const keyOf = (current: SecretValues, next: SecretValues) =>
    fixed ?? Object.keys(next).find((name) => next[name] !== current[name]) ?? '';
  const remove = async (token: string, bearer: string) => {
    await call(`${tokensUrl}/${digest(token)}`, { method: 'DELETE', bearer, allowed: [404] });
  };
  return {
    propose: (_, key) => ({ [fixed ?? key]: randomBytes(32).toString('base64url') }),
    create: async ({ current, next }) => {
      const name = keyOf(current, next);
      const [bearer, sha256] = [textAt(current, name), digest(textAt(next, name))];
      await call(`${tokensUrl}/${sha256}`, { method: 'PUT', bearer, body: { sha256 } });
    },
    test: async ({ current, next }) => {
      await call(testUrl, { method: 'GET', bearer: textAt(next, keyOf(current, next)) });
    },
    retire: async ({ current, next }) => {
      const name = keyOf(current, next);
      await remove(textAt(current, name), textAt(next, name));
    },
    undo: async ({ current, next }) => {
      const name = keyOf(current, next);
      await remove(textAt(next, name), textAt(current, name));
    },
  };
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

async function call(
  url: string,
  options: { method: string; bearer: string; body?: object; allowed?: readonly number[] },
): Promise<void> {
  const { method, bearer, body, allowed = [] } = options;
  const answer = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${bearer}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
    redirect: 'error',
    signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
  });
  await answer.body?.cancel();
  if (answer.ok || allowed.includes(answer.status)) return;
  throw new RotatorError(`${method} ${new URL(url).origin} was answered ${answer.status}.`);
}
