import { onlyResourceOf } from '../facts/conditions.ts';
import { runsAs } from '../facts/gke.ts';
import type { Because, Condition, Reader, Review, Secret } from '../facts/model.ts';
import { count, list, shortName } from './text.ts';

/** `Object config.enc in bucket B, encrypted with key K, for service S.` */
export function secretText({ object, key, services }: Secret): string {
  const [bucket = '', name = ''] = object.split(/\/objects\/(.*)/s);
  const users = `${services.length === 1 ? 'service' : 'services'} ${list(services.map(shortName))}`;
  return `Object ${name} in bucket ${shortName(bucket)}, encrypted with ${key}, for ${users}.`;
}

/** Who a principal is, in the words of these stacks. */
export function readerText({ principal }: Reader, { services }: Pick<Review, 'services'>): string {
  const running = services.filter((service) => runsAs(service, principal)).map(({ name }) => name);
  if (running.length > 0) {
    const platform = running.every((name) => name.startsWith('namespaces/')) ? 'GKE' : 'Cloud Run';
    const what = principal.includes('.svc.id.goog') ? 'Kubernetes service account' : 'identity';
    return `The ${what} that ${platform} runs ${list(running.map(shortName))} as, and nothing else in these stacks.`;
  }
  if (principal === 'allUsers') return 'Everyone on the internet.';
  if (principal === 'allAuthenticatedUsers') return 'Everyone with a Google account.';
  return 'No service of these stacks runs as it.';
}

/** `412 of 412 arguments understood.` */
export function coverageText({
  coverage,
  stacks,
  digests,
}: Pick<Review, 'coverage' | 'stacks' | 'digests'>): string {
  const { arguments: all, understood } = coverage;
  const prints = digests.map(({ stack, sha256 }) => `${stack} ${sha256.slice(0, 12)}`);
  return `${understood} of ${count(all, 'argument')} understood in ${count(stacks.length, 'stack')} (${list(prints)}).`;
}

/** Who decided an exception, why, and until when. */
export function exceptionText({
  reason,
  owner,
  until,
}: {
  reason: string;
  owner: string;
  until: string;
}): string {
  return `${reason} Owner: ${owner}. Until ${until}.`;
}

/** More ways of one reader than this say nothing new. */
const MOST_WAYS = 3;

/** The ways of a reader that are shown, the shortest first. */
export function waysOf({ ways }: Reader): Reader['ways'] {
  return ways.slice(0, MOST_WAYS);
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
