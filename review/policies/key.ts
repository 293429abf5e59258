import { argumentAt, isTrue, text } from '../facts/blocks.ts';
import { isUnknown } from '../terraform/values.ts';
import type { DeploymentPolicy } from './policy.ts';
import { resourcesOfType } from './reviewed-app.ts';
import { mixedDuties } from './separation-of-duties.ts';

const DAY_SECONDS = 24 * 60 * 60;

/** CIS Google Cloud Platform Foundation Benchmark 1.10. */
const MAX_ROTATION_SECONDS = 90 * DAY_SECONDS;

/** Google's own default: how long a destroyed key version can still be restored. */
const MIN_RESTORABLE_SECONDS = 30 * DAY_SECONDS;

const PERMANENT_TYPES = new Set(['google_kms_key_ring', 'google_kms_crypto_key']);

/** What protects the key, and the duties around it. */
export const keyPolicies: readonly DeploymentPolicy[] = [
  {
    id: 'key-rotation',
    severity: 'error',
    reason: 'The longer a key version is in use, the more it has encrypted when it gets known.',
    fix: 'Set rotation_period to 90 days (7776000s) or less.',
    violations: (app) =>
      resourcesOfType(app, 'google_kms_crypto_key')
        .filter(({ known }) => isSymmetric(known.purpose))
        .flatMap((at) => {
          const period = seconds(at.known.rotation_period);
          if (period === undefined) return [{ at, found: 'the key is never rotated' }];
          if (period <= MAX_ROTATION_SECONDS) return [];
          return [{ at, found: `the key is rotated every ${(period / DAY_SECONDS).toFixed(1)} days` }];
        }),
  },
  {
    id: 'key-protected',
    severity: 'error',
    reason: 'Every ciphertext is lost with its key, and Google brings neither back.',
    fix: 'Set lifecycle.prevent_destroy to true, and destroy_scheduled_duration to 30 days (2592000s) or nothing.',
    violations: ({ resources }) => {
      const permanent = resources.filter(({ type }) => PERMANENT_TYPES.has(type));
      const unprotected = permanent
        // A plan does not tell.
        .filter(({ known }) => !isUnknown(known.lifecycle))
        .filter(({ known }) => !isTrue(argumentAt(known, 'lifecycle', 'prevent_destroy')))
        .map((at) => ({ at, found: 'Terraform may destroy it' }));
      const hasty = permanent.flatMap((at) => {
        const { destroy_scheduled_duration: duration } = at.known;
        if (duration === undefined || (seconds(duration) ?? 0) >= MIN_RESTORABLE_SECONDS) return [];
        return [{ at, found: `a destroyed version is gone for good after ${duration}` }];
      });
      return [...unprotected, ...hasty];
    },
  },
  {
    id: 'key-separation-of-duties',
    severity: 'error',
    reason:
      'Whoever decrypts must not be able to encrypt or to manage the key: it could plant a secret, or open it to others.',
    fix: 'Grant decrypting to the service, encrypting to the operators and managing to the administrators: three principals.',
    violations: mixedDuties,
  },
];

/** A key is symmetric unless it says otherwise; only those can be rotated automatically. */
function isSymmetric(purpose: unknown): boolean {
  return purpose === undefined || purpose === 'ENCRYPT_DECRYPT';
}

/** Google's durations are seconds with an s behind them, `7776000s`. */
function seconds(duration: unknown): number | undefined {
  const [, whole] = /^(\d+)(?:\.\d+)?s$/.exec(text(duration) ?? '') ?? [];
  return whole === undefined ? undefined : Number(whole);
}
