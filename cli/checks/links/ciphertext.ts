import {
  InvalidConfigError,
  PermissionDeniedError,
  parseConfig,
  readObject,
  unseal,
} from '@cloud-run-identity/secrets';
import { BrokenError } from '../broken.ts';
import type { Link } from '../doctor.ts';

/** Whether the pinned key opens the object, and what is in it is a config that the service takes. */
export const ciphertextLink: Link = {
  name: 'ciphertext',
  async check({ declared, clients }) {
    const { bytes, generation } = await readObject(clients, declared.bucket, declared.object);
    try {
      const { plaintext, usedPrimary, format } = await unseal(clients, declared, bytes);
      await parseConfig(plaintext);
      const age = usedPrimary ? 'the primary version' : 'an older version';
      return `generation ${generation} decrypts (${format}, ${age} of the key) and is a valid config`;
    } catch (error) {
      // Operators need not be allowed to decrypt; whether the service is comes later.
      if (error instanceof PermissionDeniedError) return `not looked at: ${error.message}`;
      if (!(error instanceof InvalidConfigError)) throw error;
      throw new BrokenError(
        `Generation ${generation} decrypts, but the service refuses it: ${error.problems.join('; ')}.`,
        'npm run secrets -- edit, or npm run secrets -- rollback',
        { cause: error },
      );
    }
  },
};
