import { callGoogle, parseKeyName } from '@cloud-run-identity/secrets';
import { numberOf } from '../../secret/key-versions.ts';
import { BrokenError } from '../broken.ts';
import type { Link } from '../doctor.ts';

/** Whether the key exists and its primary version can be used. */
export const keyLink: Link = {
  name: 'key',
  async check({ declared, clients }) {
    const { key } = declared;
    const call = { permission: 'cloudkms.cryptoKeys.get', key } as const;
    const [{ primary }] = await callGoogle(call, clients.callerEmail, () =>
      clients.kms.getCryptoKey({ name: key }, { retry: null }),
    );
    if (primary?.state === 'ENABLED') return `${primary.name} is the primary version and enabled`;
    const { project, location, keyRing, cryptoKey } = parseKeyName(key);
    const flags = `--key=${cryptoKey} --keyring=${keyRing} --location=${location} --project=${project}`;
    if (!primary) {
      throw new BrokenError(
        `The key ${key} has no primary version: nothing can be encrypted with it.`,
        `gcloud kms keys versions create --primary ${flags}`,
      );
    }
    const number = numberOf(String(primary.name));
    const isScheduled = primary.state === 'DESTROY_SCHEDULED';
    throw new BrokenError(
      `The primary version ${primary.name} is ${primary.state}: nothing can be encrypted or decrypted with it.`,
      isScheduled
        ? `gcloud kms keys versions restore ${number} ${flags}, then the same with enable`
        : `gcloud kms keys versions enable ${number} ${flags}`,
    );
  },
};
