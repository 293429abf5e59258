import { callGoogle, parseKeyName } from '@cloud-run-identity/secrets';
import { numberOf } from '../secret/key-versions.ts';
import { BrokenError, type Check } from './check.ts';

const DAY_SECONDS = 24 * 60 * 60;

/** Whether the key exists and its primary version can be used. */
export const primaryKeyVersion: Check = {
  name: "the key's primary version is enabled",
  async look({ declared, clients }) {
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

/** Whether the key was rotated as often as it is to be. */
export const keyRotation: Check = {
  name: 'the key was rotated within its period',
  async look({ declared, clients }) {
    const { key } = declared;
    const call = { permission: 'cloudkms.cryptoKeys.get', key } as const;
    const [{ primary, rotationPeriod }] = await callGoogle(call, clients.callerEmail, () =>
      clients.kms.getCryptoKey({ name: key }, { retry: null }),
    );
    const periodSeconds = Number(rotationPeriod?.seconds ?? 0);
    const ageSeconds = Date.now() / 1000 - Number(primary?.createTime?.seconds ?? 0);
    if (periodSeconds > 0 && ageSeconds <= periodSeconds) {
      return `rotated ${inDays(ageSeconds)} ago, every ${inDays(periodSeconds)}`;
    }
    const problem =
      periodSeconds > 0
        ? `It was rotated ${inDays(ageSeconds)} ago, and is to be every ${inDays(periodSeconds)}.`
        : 'It has no rotation period.';
    throw new BrokenError(
      problem,
      periodSeconds > 0 ? 'npx cloud-run-identity rotate-key' : 'npx cloud-run-identity deploy',
    );
  },
};

function inDays(seconds: number): string {
  const days = Math.floor(seconds / DAY_SECONDS);
  return days === 1 ? '1 day' : `${days} days`;
}
