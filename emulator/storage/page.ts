import type { FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import { integerParameter, parameter } from './parameters.ts';

/** The most entries of one answer, and how many there are without maxResults. */
const MAX_RESULTS = 1000;

/**
 * One page of a list, by the request's `maxResults` and `pageToken`. The token names the last entry of the page before,
 * so that entries that come or go in between neither repeat nor hide others.
 * @param entries all entries in order
 * @param keyOf a key that is unique in the list
 * @throws GoogleApiError INVALID_ARGUMENT for a token that this list did not give out
 */
export function page<Entry>(
  request: FastifyRequest,
  entries: readonly Entry[],
  keyOf: (entry: Entry) => string,
): { items: Entry[]; nextPageToken: string | undefined } {
  const limit = Math.min(integerParameter(request, 'maxResults') || MAX_RESULTS, MAX_RESULTS);
  const token = parameter(request, 'pageToken');
  const last = token === undefined ? undefined : readToken(token);
  const rest = last === undefined ? entries : entries.filter((entry) => compareUtf8(keyOf(entry), last) > 0);
  const items = rest.slice(0, limit);
  const lastItem = items.at(-1);
  const hasMore = rest.length > items.length && lastItem !== undefined;
  return { items, nextPageToken: hasMore ? Buffer.from(keyOf(lastItem)).toString('base64url') : undefined };
}

/** The order of Cloud Storage's lists: by the bytes of UTF-8, which JavaScript's own order of strings is not. */
export function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function readToken(token: string): string {
  const key = Buffer.from(token, 'base64url').toString();
  if (Buffer.from(key).toString('base64url') === token) return key;
  throw new GoogleApiError('INVALID_ARGUMENT', `Invalid value for query parameter pageToken: ${token}`, {
    location: { locationType: 'parameter', location: 'pageToken' },
  });
}
