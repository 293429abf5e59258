import { callGoogle, readObject, unseal } from '@cloud-run-identity/secrets';
import { BrokenError } from '../broken.ts';
import { keyLink } from '../links/key.ts';
import type { Proof } from '../verify.ts';

const DAY_SECONDS = 24 * 60 * 60;

/** What must hold of the key. */
export const keyProofs: readonly Proof[] = [
  { claim: "the key's primary version is enabled", prove: keyLink.check },
  {
    claim: 'the newest generation decrypts with the key',
    async prove({ declared, clients }) {
      const { bytes, generation } = await readObject(clients, declared.bucket, declared.object);
      const { format } = await unseal(clients, declared, bytes);
      return `generation ${generation} (${format})`;
    },
  },
  {
    claim: 'the key was rotated within its period',
    async prove({ declared, clients }) {
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
        periodSeconds > 0
          ? 'npm run secrets -- rotate-key'
          : 'npx cdktf deploy cloud-run-identity-foundation',
      );
    },
  },
];

function inDays(seconds: number): string {
  const days = Math.floor(seconds / DAY_SECONDS);
  return days === 1 ? '1 day' : `${days} days`;
}
