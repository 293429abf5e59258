import { listGenerations, objectUrl, PermissionDeniedError } from '@cloud-run-identity/secrets';
import { isNewest, readNewest } from '../secret/newest.ts';
import { BrokenError, type Check, NotProvenError, notLookedAt } from './check.ts';
import { DEPLOY } from './deployment.ts';

/**
 * Whether what is live is the newest config that was ever written, or came in its place: a deployment with an old file,
 * or a copy of an old generation, is neither. The key remembers it, which outlives the bucket.
 */
export const noOlderLives: Check = {
  name: 'no older config has gone live',
  async look({ declared, clients }) {
    const { bucket, object } = declared;
    const [newest, generations] = await Promise.all([
      readNewest(clients, declared),
      listGenerations(clients, declared),
    ]).catch((error: unknown) => {
      throw error instanceof PermissionDeniedError ? notLookedAt(error) : error;
    });
    const live = generations.find(({ isLive }) => isLive);
    if (!newest) {
      throw new NotProvenError(
        'the key does not say which config is the newest that was ever written',
        DEPLOY,
      );
    }
    const words = `generation ${newest.generation} (fingerprint ${newest.fingerprint})`;
    if (live && isNewest(live, newest)) {
      return live.fingerprint === newest.fingerprint
        ? `${live.generation} is ${words}, the newest ever written`
        : `${live.generation} was written in the place of ${words}`;
    }
    const isThere = generations.some(({ generation }) => generation === newest.generation);
    throw new BrokenError(
      `${live ? `${objectUrl(bucket, object, live.generation)} is live, which was not written in the place of` : 'Nothing is live, not even'} ` +
        `the newest config that was ever written: ${words}.`,
      isThere
        ? `npx cloud-run-identity rollback --to ${newest.generation}`
        : 'npx cloud-run-identity put config.json, with the newest config',
    );
  },
};
