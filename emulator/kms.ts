import type { FastifyInstance, FastifyRequest } from 'fastify';
import { APIS } from './apis.ts';
import { camelCase } from './discovery/message.ts';
import { addPolicyRoutes } from './iam/policy-routes.ts';
import { keyBody } from './kms/bodies.ts';
import { type DecryptRequest, decrypt, type EncryptRequest, encrypt } from './kms/crypto.ts';
import { type KeyStore, type KmsPath, resourceOf } from './kms/key-store.ts';
import { type KeyInput, updateKey } from './kms/keys.ts';
import {
  KEY,
  KEYS,
  LOCATION,
  LOCATIONS,
  listed,
  type Query,
  RING,
  RINGS,
  type Route,
  VERSION,
} from './kms/route.ts';
import { addVersionRoutes } from './kms/version-routes.ts';
import { type CloudState, projectResource, requirePermission, requireService } from './state.ts';

/** Cloud KMS v1 with symmetric software keys (https://cloud.google.com/kms/docs/reference/rest). */
export function kmsApi(state: CloudState, store: KeyStore) {
  return async (app: FastifyInstance) => {
    app.addHook('onRequest', async () => requireService(state, APIS.kms));
    addRings(app);
    addKeys(app);
    addVersionRoutes(app, state, store, demand);
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
    app.get<{ Params: { project: string } }>(LOCATIONS, async (request) => {
      const { project } = request.params;
      requirePermission(state, request, 'cloudkms.locations.list', projectResource(project));
      const body = (locationId: string) => ({
        name: `projects/${project}/locations/${locationId}`,
        locationId,
      });
      return { locations: [...new Set(['global', state.region])].map(body) };
    });
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
      const { items, nextPageToken, totalSize } = listed(store.keys(path).map(keyBody), request.query);
      return { cryptoKeys: items, nextPageToken, totalSize };
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
        store.setPrimary(key, store.version({ ...path, version: request.body?.cryptoKeyVersionId ?? '' }));
        return keyBody(key);
      },
    );
  }

  function addCryptography(app: FastifyInstance) {
    app.post<Route & { Body: EncryptRequest | undefined }>(`${KEY}::encrypt`, async (request) => {
      const key = store.key(demand('cryptoKeyVersions.useToEncrypt', request));
      return encrypt(key, store.primary(key), request.body ?? {});
    });
    app.post<Route & { Body: EncryptRequest | undefined }>(`${VERSION}::encrypt`, async (request) => {
      const path = demand('cryptoKeyVersions.useToEncrypt', request);
      return encrypt(store.key(path), store.version(path), request.body ?? {});
    });
    app.post<Route & { Body: DecryptRequest | undefined }>(
      `${KEY}::decrypt`,
      { config: { changesNothing: true } },
      async (request) => {
        const key = store.key(demand('cryptoKeyVersions.useToDecrypt', request));
        return decrypt(key, store.primary(key), request.body ?? {});
      },
    );
  }
}

/** The fields of an update mask, in JSON's camel case however the client wrote them. */
function maskOf({ updateMask = '' }: Query): string[] {
  return updateMask.split(',').filter(Boolean).map(camelCase);
}
