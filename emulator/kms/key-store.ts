import { GoogleApiError } from '../http/errors.ts';
import type { Resource } from '../iam/authorizer.ts';
import type { Persistent } from '../persistence.ts';
import type { CloudState } from '../state.ts';
import {
  type CryptoKey,
  createKey,
  type KeyInput,
  type KeyRing,
  type KeyVersion,
  primaryAt,
  setPrimary,
  settle,
} from './keys.ts';

const SERVICE = 'cloudkms.googleapis.com';

/** What a path names: each part where the path has it. */
export interface KmsPath {
  readonly project: string;
  readonly location: string;
  readonly ring?: string;
  readonly key?: string;
  readonly version?: string;
}

/** The resource name of what a path names, as far down as it goes. */
export function nameOf({ project, location, ring, key, version }: KmsPath): string {
  const parts = [`projects/${project}/locations/${location}`];
  if (ring !== undefined) parts.push(`keyRings/${ring}`);
  if (key !== undefined) parts.push(`cryptoKeys/${key}`);
  if (version !== undefined) parts.push(`cryptoKeyVersions/${version}`);
  return parts.join('/');
}

/** The path of a key's full resource name; undefined for what is none. */
export function pathOfKey(name: string): Required<Omit<KmsPath, 'version'>> | undefined {
  const pattern = /^projects\/([^/]+)\/locations\/([^/]+)\/keyRings\/([^/]+)\/cryptoKeys\/([^/]+)$/;
  const [, project, location, ring, key] = pattern.exec(name) ?? [];
  if (!project || !location || !ring || !key) return undefined;
  return { project, location, ring, key };
}

/** What a path names, as a resource: policies are on keys, key rings and the project; versions have none of their own. */
export function resourceOf(path: KmsPath): Resource {
  const { ring, key, version, ...location } = path;
  const kind =
    version !== undefined
      ? 'CryptoKeyVersion'
      : key !== undefined
        ? 'CryptoKey'
        : ring !== undefined
          ? 'KeyRing'
          : 'Location';
  const policies = [`projects/${path.project}`];
  if (ring !== undefined) policies.unshift(nameOf({ ...location, ring }));
  if (ring !== undefined && key !== undefined) policies.unshift(nameOf({ ...location, ring, key }));
  return { name: nameOf(path), type: `${SERVICE}/${kind}`, service: SERVICE, policies };
}

interface SavedKeys {
  readonly rings: Map<string, KeyRing>;
  readonly keys: Map<string, CryptoKey>;
}

/** The key rings and keys of the local cloud. Neither can be deleted, as in Google Cloud. */
export class KeyStore implements Persistent {
  readonly #state: CloudState;
  readonly #propagationSeconds: number;
  #rings = new Map<string, KeyRing>();
  #keys = new Map<string, CryptoKey>();

  /** @param propagationSeconds how long a new primary version takes until who encrypts follows it */
  constructor(state: CloudState, propagationSeconds = 0) {
    this.#state = state;
    this.#propagationSeconds = propagationSeconds;
    state.persistent.set('kms', this);
  }

  /** Key rings and keys with their material. */
  save(): SavedKeys {
    return { rings: this.#rings, keys: this.#keys };
  }

  /** Takes back what `save` gave. */
  load({ rings, keys }: SavedKeys): void {
    this.#rings = rings;
    this.#keys = keys;
  }

  /** Makes a key ring. @throws GoogleApiError INVALID_ARGUMENT, ALREADY_EXISTS */
  createRing(location: KmsPath, id: string): KeyRing {
    checkId('key_ring_id', id);
    const name = nameOf({ ...location, ring: id });
    if (this.#rings.has(name)) throw new GoogleApiError('ALREADY_EXISTS', `KeyRing ${name} already exists.`);
    const ring = { name, createTime: this.#state.now().toISOString() };
    this.#rings.set(name, ring);
    this.#state.authorizer.add(name);
    return ring;
  }

  /** Makes a key, by default with a first version. @throws GoogleApiError NOT_FOUND, INVALID_ARGUMENT, ALREADY_EXISTS */
  createKey(ring: KmsPath, id: string, input: KeyInput, withVersion: boolean): CryptoKey {
    this.ring(ring);
    checkId('crypto_key_id', id);
    const name = nameOf({ ...ring, key: id });
    if (this.#keys.has(name)) throw new GoogleApiError('ALREADY_EXISTS', `CryptoKey ${name} already exists.`);
    const key = createKey(name, input, this.#state.now(), withVersion);
    this.#keys.set(name, key);
    this.#state.authorizer.add(name);
    return key;
  }

  /** @throws GoogleApiError NOT_FOUND */
  ring({ project, location, ring }: KmsPath): KeyRing {
    const name = nameOf({ project, location, ...(ring !== undefined && { ring }) });
    const found = this.#rings.get(name);
    if (!found) throw new GoogleApiError('NOT_FOUND', `KeyRing ${name} not found.`);
    return found;
  }

  /** The key at this moment: due rotations and destructions have happened. @throws GoogleApiError NOT_FOUND */
  key(path: KmsPath): CryptoKey {
    const { version: _, ...keyPath } = path;
    this.ring(path);
    const key = this.#keys.get(nameOf(keyPath));
    if (!key) throw new GoogleApiError('NOT_FOUND', `CryptoKey ${nameOf(keyPath)} not found.`);
    settle(key, this.#state.now(), this.#propagationSeconds);
    return key;
  }

  /** The version of a key that encrypts at this moment where none is named. */
  primary(key: CryptoKey): KeyVersion | undefined {
    return primaryAt(key, this.#state.now());
  }

  /** Makes a version of a key the primary one. */
  setPrimary(key: CryptoKey, version: KeyVersion): void {
    setPrimary(key, version, this.#state.now(), this.#propagationSeconds);
  }

  /** @throws GoogleApiError NOT_FOUND */
  version(path: KmsPath): KeyVersion {
    const version = this.key(path).versions.find(({ number }) => String(number) === path.version);
    if (!version) throw new GoogleApiError('NOT_FOUND', `CryptoKeyVersion ${nameOf(path)} not found.`);
    return version;
  }

  /** The key rings of a location, by name. */
  rings(location: KmsPath): KeyRing[] {
    return within(this.#rings, `${nameOf(location)}/keyRings/`);
  }

  /** The keys of a key ring, by name. @throws GoogleApiError NOT_FOUND */
  keys(ring: KmsPath): CryptoKey[] {
    const keys = within(this.#keys, `${this.ring(ring).name}/cryptoKeys/`);
    for (const key of keys) settle(key, this.#state.now(), this.#propagationSeconds);
    return keys;
  }
}

function within<Item>(items: ReadonlyMap<string, Item>, prefix: string): Item[] {
  const names = [...items.keys()].filter((name) => name.startsWith(prefix)).sort();
  return names.map((name) => items.get(name) as Item);
}

function checkId(field: string, id: string): void {
  if (/^[a-zA-Z0-9_-]{1,63}$/.test(id)) return;
  throw new GoogleApiError(
    'INVALID_ARGUMENT',
    `Invalid ${field} '${id}': it must match the regular expression [a-zA-Z0-9_-]{1,63}.`,
  );
}
