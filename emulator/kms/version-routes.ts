import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CloudState } from '../state.ts';
import { versionBody } from './bodies.ts';
import type { KeyStore, KmsPath } from './key-store.ts';
import { addVersion, restore, scheduleDestruction, setVersionState } from './keys.ts';
import { listed, type Route, VERSION, VERSIONS } from './route.ts';

/**
 * The methods of key versions: create, list, get, enable and disable, destroy, restore.
 * @param demand demands a permission of the service on what the request's path names, and returns that
 */
export function addVersionRoutes(
  app: FastifyInstance,
  state: CloudState,
  store: KeyStore,
  demand: (permission: string, request: FastifyRequest) => KmsPath,
): void {
  app.post<Route>(VERSIONS, async (request) => {
    const key = store.key(demand('cryptoKeyVersions.create', request));
    return versionBody(key, addVersion(key, state.now()));
  });
  app.get<Route>(VERSIONS, async (request) => {
    const key = store.key(demand('cryptoKeyVersions.list', request));
    const bodies = key.versions.map((version) => versionBody(key, version));
    const { items, nextPageToken, totalSize } = listed(bodies, request.query);
    return { cryptoKeyVersions: items, nextPageToken, totalSize };
  });
  app.get<Route>(VERSION, async (request) => {
    const path = demand('cryptoKeyVersions.get', request);
    return versionBody(store.key(path), store.version(path));
  });
  app.patch<Route & { Body: { state?: string } | undefined }>(VERSION, async (request) => {
    const path = demand('cryptoKeyVersions.update', request);
    const [key, version] = [store.key(path), store.version(path)];
    setVersionState(key, version, request.body?.state);
    return versionBody(key, version);
  });
  app.post<Route>(`${VERSION}::destroy`, async (request) => {
    const path = demand('cryptoKeyVersions.destroy', request);
    const [key, version] = [store.key(path), store.version(path)];
    scheduleDestruction(key, version, state.now());
    return versionBody(key, version);
  });
  app.post<Route>(`${VERSION}::restore`, async (request) => {
    const path = demand('cryptoKeyVersions.restore', request);
    const [key, version] = [store.key(path), store.version(path)];
    restore(key, version);
    return versionBody(key, version);
  });
}
