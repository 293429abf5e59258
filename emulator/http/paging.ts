import { GoogleApiError } from './errors.ts';

/** What a list method was asked: how many at most, and from where. */
export interface PageQuery {
  readonly pageSize?: string | number;
  readonly pageToken?: string;
}

/**
 * One page of a list in its stable order, with the token of the next page where there is one (AIP-158).
 * @param items all items, in an order that does not depend on the page
 * @param defaultSize how many a page has where the client does not say
 * @throws GoogleApiError INVALID_ARGUMENT for a negative size or a token that no page gave out
 */
export function pageOf<Item>(items: readonly Item[], query: PageQuery, defaultSize = 100) {
  const size = Number(query.pageSize ?? 0) || defaultSize;
  if (!Number.isInteger(size) || size < 0) {
    throw new GoogleApiError(
      'INVALID_ARGUMENT',
      `Invalid page size: ${query.pageSize}. It must be a whole number, 0 or more.`,
    );
  }
  const start = query.pageToken ? Number(Buffer.from(query.pageToken, 'base64url').toString()) : 0;
  if (!Number.isInteger(start) || start < 0 || start > items.length) {
    throw new GoogleApiError('INVALID_ARGUMENT', 'The page token is invalid.');
  }
  const end = start + size;
  const nextPageToken = end < items.length ? Buffer.from(String(end)).toString('base64url') : undefined;
  return { items: items.slice(start, end), ...(nextPageToken && { nextPageToken }) };
}
