import { camelCase } from '../discovery/message.ts';
import { GoogleApiError } from '../http/errors.ts';
import { pageOf } from '../http/paging.ts';
import type { KmsPath } from './key-store.ts';

/** The query of a request. */
export type Query = Record<string, string | undefined>;
/** A route below a location. */
export interface Route {
  Params: KmsPath;
  Querystring: Query;
}

/** Route patterns of the collections and of what is in them. */
export const LOCATIONS = '/kms/v1/projects/:project/locations';
export const LOCATION = `${LOCATIONS}/:location`;
export const RINGS = `${LOCATION}/keyRings`;
export const RING = `${RINGS}/:ring([^:/]+)`;
export const KEYS = `${RING}/cryptoKeys`;
export const KEY = `${KEYS}/:key([^:/]+)`;
export const VERSIONS = `${KEY}/cryptoKeyVersions`;
export const VERSION = `${VERSIONS}/:version([^:/]+)`;

/**
 * One page of what a filter leaves: comparisons of fields by `=`, `:` and `!=`, joined by AND
 * (https://cloud.google.com/kms/docs/sorting-and-filtering).
 * @throws GoogleApiError INVALID_ARGUMENT for another filter, or an order other than by name
 */
export function listed<Item extends { readonly name: string }>(all: readonly Item[], query: Query) {
  const { filter = '', orderBy = 'name', pageSize, pageToken } = query;
  if (!/^name( asc)?$/.test(orderBy)) {
    throw new GoogleApiError('UNIMPLEMENTED', `The local cloud does not emulate: orderBy ${orderBy}.`);
  }
  const terms = filter
    .split(/\s+AND\s+/i)
    .filter(Boolean)
    .map(term);
  const items = all.filter((item) => terms.every((fits) => fits(item)));
  const page = { ...(pageSize && { pageSize }), ...(pageToken && { pageToken }) };
  return { ...pageOf(items, page), totalSize: items.length };
}

function term(text: string): (item: object) => boolean {
  const [, path = '', operator, value] = /^\s*([\w.]+)\s*(=|:|!=)\s*"?([^"]*?)"?\s*$/.exec(text) ?? [];
  if (operator === undefined || value === undefined) {
    throw new GoogleApiError(
      'INVALID_ARGUMENT',
      `Invalid filter: ${text}. The local cloud understands FIELD=VALUE, joined by AND.`,
    );
  }
  const names = path.split('.').map(camelCase);
  return (item) => {
    const found = names.reduce<unknown>(
      (at, name) => (at as Record<string, unknown> | undefined)?.[name],
      item,
    );
    return (found !== undefined && String(found) === value) !== (operator === '!=');
  };
}
