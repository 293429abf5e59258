import { NotFoundError, objectUrl, readObject } from '@cloud-run-identity/secrets';
import { BrokenError } from '../broken.ts';
import type { Link } from '../doctor.ts';

/** Whether the object is there, and arrives as it was written. */
export const objectLink: Link = {
  name: 'object',
  async check({ declared, clients }) {
    const { bucket, object } = declared;
    const stored = await readObject(clients, bucket, object).catch((error: unknown) => {
      const isMissing = error instanceof NotFoundError && !error.message.includes('bucket of');
      if (!isMissing) throw error;
      throw new BrokenError(
        `The bucket ${bucket} has no object ${object}: no config has been written yet, or it was deleted.`,
        'npm run secrets -- put config.json, or npm run secrets -- rollback for the last one',
        { cause: error },
      );
    });
    return `${objectUrl(bucket, object, stored.generation)} has ${stored.bytes.length} bytes`;
  },
};
