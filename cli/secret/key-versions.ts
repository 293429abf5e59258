import { setTimeout as delay } from 'node:timers/promises';
import { callGoogle } from '@cloud-run-identity/secrets';
import type { OpenSecret } from './open.ts';

/** A version of the key. */
export interface KeyVersion {
  /** Full resource name. */
  readonly name: string;
  /** `ENABLED`, `DISABLED`, `DESTROY_SCHEDULED`, `DESTROYED`, … */
  readonly state: string;
}

/** Keys in hardware take a moment to make a version. */
const POLL_MILLISECONDS = 500;

/** Every version of the key, the oldest first. Needs cloudkms.cryptoKeyVersions.list. @throws SecretError */
export async function listKeyVersions({ clients, reference }: OpenSecret): Promise<KeyVersion[]> {
  const { key } = reference;
  const call = { permission: 'cloudkms.cryptoKeyVersions.list', key } as const;
  const [versions] = await callGoogle(call, clients.callerEmail, () =>
    clients.kms.listCryptoKeyVersions({ parent: key }, { retry: null }),
  );
  return versions
    .map(({ name, state }) => ({ name: String(name), state: String(state) }))
    .sort((a, b) => numberOf(a.name) - numberOf(b.name));
}

/** The primary version and when it was made, in milliseconds. Needs cloudkms.cryptoKeys.get. @throws SecretError */
export async function primaryVersion({
  clients,
  reference,
}: OpenSecret): Promise<{ name: string; created: number }> {
  const { key } = reference;
  const call = { permission: 'cloudkms.cryptoKeys.get', key } as const;
  const [{ primary }] = await callGoogle(call, clients.callerEmail, () =>
    clients.kms.getCryptoKey({ name: key }, { retry: null }),
  );
  return { name: String(primary?.name), created: Number(primary?.createTime?.seconds ?? 0) * 1000 };
}

/**
 * Makes a version of the key and makes it the primary one. Needs cloudkms.cryptoKeyVersions.create and get, and
 * cloudkms.cryptoKeys.update.
 *
 * @returns full resource name of the version
 * @throws SecretError
 */
export async function addPrimaryVersion({ clients, reference }: OpenSecret): Promise<string> {
  const { key } = reference;
  const { kms, callerEmail } = clients;
  const create = { permission: 'cloudkms.cryptoKeyVersions.create', key } as const;
  const [made] = await callGoogle(create, callerEmail, () =>
    // Without a field, the client would send an empty text instead of an empty object.
    kms.createCryptoKeyVersion({ parent: key, cryptoKeyVersion: { state: 'ENABLED' } }, { retry: null }),
  );
  const name = String(made.name);
  for (let { state } = made; state === 'PENDING_GENERATION'; ) {
    await delay(POLL_MILLISECONDS);
    [{ state }] = await callGoogle(create, callerEmail, () => kms.getCryptoKeyVersion({ name }));
  }
  const update = { permission: 'cloudkms.cryptoKeys.update', key } as const;
  const cryptoKeyVersionId = String(numberOf(name));
  await callGoogle(update, callerEmail, () =>
    kms.updateCryptoKeyPrimaryVersion({ name: key, cryptoKeyVersionId }, { retry: null }),
  );
  return name;
}

/** Disables a version: nothing can be decrypted with it until it is enabled again. @throws SecretError */
export async function disableKeyVersion({ clients, reference }: OpenSecret, name: string): Promise<void> {
  const call = { permission: 'cloudkms.cryptoKeyVersions.update', key: reference.key } as const;
  await callGoogle(call, clients.callerEmail, () =>
    clients.kms.updateCryptoKeyVersion(
      { cryptoKeyVersion: { name, state: 'DISABLED' }, updateMask: { paths: ['state'] } },
      { retry: null },
    ),
  );
}

/** The number at the end of a version's name. */
export function numberOf(version: string): number {
  return Number(version.slice(version.lastIndexOf('/') + 1));
}
