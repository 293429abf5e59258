import type { FastifyInstance, FastifyRequest } from 'fastify';
import { pageOf } from './http/paging.ts';
import { addPolicyRoutes } from './iam/policy-routes.ts';
import { keyBody, versionBody } from './kms/bodies.ts';
import { type DecryptRequest, decrypt, type EncryptRequest, encrypt } from './kms/crypto.ts';
import { KeyStore, type KmsPath, resourceOf } from './kms/key-store.ts';
import {
  addVersion,
  type KeyInput,
  restore,
  scheduleDestruction,
  setVersionState,
  updateKey,
} from './kms/keys.ts';
import { type CloudState, projectResource, requirePermission, requireService } from './state.ts';

type Query = Record<string, string | undefined>;
interface Route {
  Params: KmsPath;
  Querystring: Query;
}

const LOCATION = '/kms/v1/projects/:project/locations/:location';
const RINGS = `${LOCATION}/keyRings`;
const RING = `${RINGS}/:ring([^:/]+)`;
const KEYS = `${RING}/cryptoKeys`;
const KEY = `${KEYS}/:key([^:/]+)`;
const VERSIONS = `${KEY}/cryptoKeyVersions`;
const VERSION = `${VERSIONS}/:version([^:/]+)`;

/** Cloud KMS v1 with symmetric software keys (https://cloud.google.com/kms/docs/reference/rest). */
export function kmsApi(state: CloudState) {
  const store = new KeyStore(state);
  state.persistent.set('kms', store);

  return async (app: FastifyInstance) => {
    app.addHook('onRequest', async () =>
      requireService(state, 'cloudkms.googleapis.com', 'Cloud Key Management Service (KMS) API'),
    );
    addRings(app);
    addKeys(app);
    addVersions(app);
    addCryptography(app);
    const policyRoutes = { resourceOf: ({ params }: FastifyRequest) => resourceOf(params as KmsPath) };
    const ringExists = ({ params }: FastifyRequest) => store.ring(params as KmsPath);
    const keyExists = ({ params }: FastifyRequest) => store.key(params as KmsPath);
    addPolicyRoutes(app, state, {
      ...policyRoutes,
      path: RING,
      readBy: 'GET',
      permissions: 'cloudkms.keyRings',
      mustExist: ringExists,
    });
    addPolicyRoutes(app, state, {
      ...policyRoutes,
      path: KEY,
      readBy: 'GET',
      permissions: 'cloudkms.cryptoKeys',
      mustExist: keyExists,
    });
  };

  /** Demands `cloudkms.${permission}` on what the path names. */
  function demand(permission: string, request: FastifyRequest): KmsPath {
    const path = request.params as KmsPath;
    requirePermission(state, request, `cloudkms.${permission}`, resourceOf(path));
    return path;
  }

  function addRings(app: FastifyInstance) {
    app.get<{ Params: KmsPath }>(LOCATION, async (request) => {
      const { project, location } = request.params;
      requirePermission(state, request, 'cloudkms.locations.get', projectResource(project));
      return { name: `projects/${project}/locations/${location}`, locationId: location };
    });
    app.post<Route>(RINGS, async (request) => {
      const path = demand('keyRings.create', request);
      return store.createRing(path, request.query.keyRingId ?? '');
    });
    app.get<Route>(RINGS, async (request) => {
      const path = demand('keyRings.list', request);
      const { items, nextPageToken, totalSize } = listed(store.rings(path), request.query);
      return { keyRings: items, nextPageToken, totalSize };
    });
    app.get<Route>(RING, async (request) => store.ring(demand('keyRings.get', request)));
  }

  function addKeys(app: FastifyInstance) {
    app.post<Route & { Body: KeyInput | undefined }>(KEYS, async (request) => {
      const path = demand('cryptoKeys.create', request);
      const { cryptoKeyId = '', skipInitialVersionCreation } = request.query;
      return keyBody(
        store.createKey(path, cryptoKeyId, request.body ?? {}, skipInitialVersionCreation !== 'true'),
      );
    });
    app.get<Route>(KEYS, async (request) => {
      const path = demand('cryptoKeys.list', request);
      const { items, nextPageToken, totalSize } = listed(store.keys(path), request.query);
      return { cryptoKeys: items.map(keyBody), nextPageToken, totalSize };
    });
    app.get<Route>(KEY, async (request) => keyBody(store.key(demand('cryptoKeys.get', request))));
    app.patch<Route & { Body: KeyInput | undefined }>(KEY, async (request) => {
      const key = store.key(demand('cryptoKeys.update', request));
      updateKey(key, request.body ?? {}, maskOf(request.query), state.now());
      return keyBody(key);
    });
    app.post<Route & { Body: { cryptoKeyVersionId?: string } | undefined }>(
      `${KEY}::updatePrimaryVersion`,
      async (request) => {
        const path = demand('cryptoKeys.update', request);
        const key = store.key(path);
        key.primary = store.version({ ...path, version: request.body?.cryptoKeyVersionId ?? '' });
        return keyBody(key);
      },
    );
  }

  function addVersions(app: FastifyInstance) {
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

  function addCryptography(app: FastifyInstance) {
    app.post<Route & { Body: EncryptRequest | undefined }>(`${KEY}::encrypt`, async (request) => {
      const key = store.key(demand('cryptoKeyVersions.useToEncrypt', request));
      return encrypt(key, undefined, request.body ?? {});
    });
    app.post<Route & { Body: EncryptRequest | undefined }>(`${VERSION}::encrypt`, async (request) => {
      const path = demand('cryptoKeyVersions.useToEncrypt', request);
      return encrypt(store.key(path), store.version(path), request.body ?? {});
    });
    app.post<Route & { Body: DecryptRequest | undefined }>(`${KEY}::decrypt`, async (request) => {
      const key = store.key(demand('cryptoKeyVersions.useToDecrypt', request));
      return decrypt(key, request.body ?? {});
    });
  }
}

/** One page of what the filter `name=…` leaves, which is the only filter that the local cloud knows. */
function listed<Item extends { readonly name: string }>(all: readonly Item[], query: Query) {
  const { filter, pageSize, pageToken } = query;
  const wanted = filter?.match(/^name\s*[=:]\s*"?([^"]+)"?$/)?.[1];
  const items = wanted ? all.filter(({ name }) => name === wanted) : all;
  const page = { ...(pageSize && { pageSize }), ...(pageToken && { pageToken }) };
  return { ...pageOf(items, page), totalSize: items.length };
}

/** The fields of an update mask, in JSON's camel case however the client wrote them. */
function maskOf({ updateMask = '' }: Query): string[] {
  const camelCase = (field: string) =>
    field.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return updateMask.split(',').filter(Boolean).map(camelCase);
}
