import { onlyResourceOf } from '../facts/conditions.ts';
import type { Because, Condition, Reader, Review, Secret } from '../facts/model.ts';
import { list, shortName } from './text.ts';

/** `Object config.enc in bucket B, encrypted with key K, for service S.` */
export function secretText({ object, key, services }: Secret): string {
  const [bucket = '', name = ''] = object.split(/\/objects\/(.*)/s);
  const users = `${services.length === 1 ? 'service' : 'services'} ${list(services.map(shortName))}`;
  return `Object ${name} in bucket ${shortName(bucket)}, encrypted with ${key}, for ${users}.`;
}

/** Who a principal is, in the words of these stacks. */
export function readerText({ principal }: Reader, { services }: Pick<Review, 'services'>): string {
  const running = services
    .filter(({ identity }) => identity === principal)
    .map(({ name }) => shortName(name));
  if (running.length > 0)
    return `The identity that Cloud Run runs ${list(running)} as, and nothing else in these stacks.`;
  if (principal === 'allUsers') return 'Everyone on the internet.';
  if (principal === 'allAuthenticatedUsers') return 'Everyone with a Google account.';
  return 'No service of these stacks runs as it.';
}

/** `read the object (roles/storage.objectViewer)`. */
export function becauseText({ can, role }: Because): string {
  return `can ${can} (${role})`;
}

/** A condition in words where it is understood, else as it is written. */
export function conditionText(condition: Condition): string {
  const only = onlyResourceOf(condition);
  if (only?.includes('/objects/')) return `only the object ${only.split(/\/objects\/(.*)/s)[1]}`;
  return only === undefined ? `if ${condition.expression}` : `only ${only}`;
}

/** What each level of exposure is called. */
export const EXPOSURE_WORDS = {
  internal: 'not from the internet',
  granted: 'with a grant only',
  openable: 'could be opened',
  public: 'everyone',
} as const;

/** What can happen to a resource when its stack is destroyed. */
export const OUTCOME_WORDS = { deleted: 'deleted', kept: 'kept', refused: 'kept: refused' } as const;
