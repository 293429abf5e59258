import { EXPOSURE_LEVELS, type Review } from '../facts/model.ts';
import { EXPOSURE_WORDS } from '../words/wording.ts';
import type { AccessChange } from './model.ts';

type Change = Omit<AccessChange, 'direction'>;

/**
 * Everything but grants that one review allows and another does not: who reads which secret, which service runs as
 * whom, what the internet reaches, what pages show, and what could not be read.
 */
export function reachChanges(
  review: Review,
  other: Review,
  direction: AccessChange['direction'],
): AccessChange[] {
  const all = (one: Review) => [readers, identities, unread, unknowns, findings].flatMap((find) => find(one));
  const isThere = new Set(all(other).map(textOf));
  const changes = all(review).filter((change) => !isThere.has(textOf(change)));
  return [...changes, ...exposures(review, other), ...pages(review, other)].map((change) => ({
    direction,
    ...change,
  }));
}

function textOf({ kind, who, what, address }: Change): string {
  return JSON.stringify([kind, who, what, kind === 'not reviewed' && address]);
}

function readers({ secrets }: Review): Change[] {
  return secrets.flatMap(({ object, key, readers: principals }) =>
    principals.map(({ principal }) => {
      const what = `can read the secret ${object}, encrypted with ${key}`;
      return { kind: 'reader', who: principal, what, permissions: [], address: null };
    }),
  );
}

function identities({ services }: Review): Change[] {
  return services.map(({ name, identity, address }) => ({
    kind: 'identity',
    who: name,
    what: `runs as ${identity}`,
    permissions: [],
    address,
  }));
}

function unread({ notReviewed }: Review): Change[] {
  return notReviewed.map(({ stack, address, why }) => ({
    kind: 'not reviewed',
    who: `${stack}: ${address}`,
    what: `may give access. ${why}`,
    permissions: [],
    address,
  }));
}

function unknowns({ unknown }: Review): Change[] {
  return unknown.map(({ stack, address, argument, text, why }) => ({
    kind: 'unknown',
    who: `${stack}: ${address}`,
    what: `may give access: ${argument} is unknown, ${text} (${why})`,
    permissions: [],
    address,
  }));
}

/** A policy that no longer holds is as good as one that was switched off; an exception excuses it. */
function findings({ policies }: Review): Change[] {
  return policies.flatMap(({ id, findings: all }) =>
    all.map(({ found, path, exception }) => ({
      kind: exception ? 'exception' : 'policy',
      who: id,
      what: exception
        ? `is excused until ${exception.until} by ${exception.owner}: ${found} (${path})`
        : `does not hold: ${found}`,
      permissions: [],
      address: null,
    })),
  );
}

/** A resource that was not there before counts when it is open to everyone, or could be opened. */
function exposures(review: Review, other: Review): Change[] {
  const before = new Map(other.exposure.map(({ resource, level }) => [resource.name, level]));
  return review.exposure
    .filter(({ resource, level }) => {
      const lowest = before.get(resource.name) ?? 'granted';
      return EXPOSURE_LEVELS.indexOf(level) > EXPOSURE_LEVELS.indexOf(lowest);
    })
    .map(({ resource, level, address }) => {
      const what = `can be reached from the internet: ${EXPOSURE_WORDS[level]}`;
      return { kind: 'exposure', who: `${resource.kind} ${resource.name}`, what, permissions: [], address };
    });
}

/** From the page that shows least to the one that shows most. */
const PAGE_VALUES = ['hidden', 'masked', 'revealed'];

function pages(review: Review, other: Review): Change[] {
  const before = new Map(other.services.map(({ name, pageValues }) => [name, pageValues]));
  return review.services
    .filter(({ name, pageValues }) => {
      const shownBefore = before.get(name) ?? 'masked';
      return PAGE_VALUES.indexOf(pageValues ?? '') > PAGE_VALUES.indexOf(shownBefore);
    })
    .map(({ name, pageValues, address }) => {
      const what = `shows the secret’s values ${pageValues}`;
      return { kind: 'page', who: name, what, permissions: [], address };
    });
}
