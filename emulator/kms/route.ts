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

/** One page of what the filter `name=…` leaves, which is the only filter that the local cloud knows. */
export function listed<Item extends { readonly name: string }>(all: readonly Item[], query: Query) {
  const { filter, pageSize, pageToken } = query;
  const wanted = filter?.match(/^name\s*[=:]\s*"?([^"]+)"?$/)?.[1];
  const items = wanted ? all.filter(({ name }) => name === wanted) : all;
  const page = { ...(pageSize && { pageSize }), ...(pageToken && { pageToken }) };
  return { ...pageOf(items, page), totalSize: items.length };
}
