import {
  InvalidSecretError,
  NotFoundError,
  objectUrl,
  PermissionDeniedError,
  readObject,
  unseal,
} from '@cloud-run-identity/secrets';
import { checkSecret } from '../secret/shape.ts';
import { BrokenError, type Check, notLookedAt } from './check.ts';

/** Whether the object is there, and arrives as it was written. */
export const objectThere: Check = {
  name: 'object',
  async look({ declared, clients }) {
    const { bucket, object } = declared;
    const stored = await readObject(clients, bucket, object).catch((error: unknown) => {
      const isMissing = error instanceof NotFoundError && error.kind === 'object';
      if (!isMissing) throw error;
      throw new BrokenError(
        `The bucket ${bucket} has no object ${object}: no config has been written yet, or it was deleted.`,
        'npx cloud-run-identity put config.json, or npx cloud-run-identity rollback for the last one',
        { cause: error },
      );
    });
    return `${objectUrl(bucket, object, stored.generation)} has ${stored.bytes.length} bytes`;
  },
};

/** Whether the pinned key opens the object, and what is in it is a config that the service takes. */
export const ciphertextOpens: Check = {
  name: 'ciphertext',
  async look({ declared, clients, environment, cwd }) {
    const { bytes, generation } = await readObject(clients, declared.bucket, declared.object);
    try {
      const { plaintext, usedPrimary, format } = await unseal(clients, declared, bytes);
      await checkSecret({ io: { cwd, environment }, name: 'config', format: 'json' }, plaintext);
      const age = usedPrimary ? 'the primary version' : 'an older version';
      return `generation ${generation} decrypts (${format}, ${age} of the key) and is a valid config`;
    } catch (error) {
      // Operators need not be allowed to decrypt; whether the service is comes later.
      if (error instanceof PermissionDeniedError) throw notLookedAt(error);
      if (!(error instanceof InvalidSecretError)) throw error;
      throw new BrokenError(
        `Generation ${generation} decrypts, but the service refuses it: ${error.problems.join('; ')}.`,
        'npx cloud-run-identity edit, or npx cloud-run-identity rollback',
        { cause: error },
      );
    }
  },
};

/** Whether the newest generation decrypts with the key. */
export const newestDecrypts: Check = {
  name: 'the newest generation decrypts with the key',
  async look({ declared, clients }) {
    const { bytes, generation } = await readObject(clients, declared.bucket, declared.object);
    const { format } = await unseal(clients, declared, bytes);
    return `generation ${generation} (${format})`;
  },
};
