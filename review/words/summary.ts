import type { Review, Secret } from '../facts/model.ts';
import { count, list, shortName } from './text.ts';

/** One of the few things that a reviewer wants to know first. */
export interface Verdict {
  /** `bad`: stop and look; `warning`: look; `good`: as it should be. */
  readonly tone: 'good' | 'warning' | 'bad';
  readonly title: string;
  readonly text: string;
}

/** The review in a few sentences, the same in every format. */
export function summaryOf(review: Review): Verdict[] {
  return [secretVerdict(review), internetVerdict(review), destroyVerdict(review), policyVerdict(review)];
}

/** Whether nobody reads a secret but the identities of the services that it is for. */
export function isReadByItsServicesOnly(secret: Secret, { services }: Pick<Review, 'services'>): boolean {
  const own = new Set(
    services.filter(({ name }) => secret.services.includes(name)).map(({ identity }) => identity),
  );
  return secret.readers.every(({ principal }) => own.has(principal));
}

function secretVerdict(review: Review): Verdict {
  const { secrets, notReviewed } = review;
  const shared = secrets.filter((secret) => !isReadByItsServicesOnly(secret, review));
  const readers = new Set(secrets.flatMap((secret) => secret.readers.map(({ principal }) => principal)));
  const title =
    secrets.length === 1
      ? `${count(readers.size, 'principal')} can read the secret`
      : `${count(secrets.length, 'secret')}, ${count(readers.size, 'principal')} can read them`;
  if (shared.length > 0) {
    const text = `Not only the identity of its own service reads ${list(shared.map(({ object }) => shortName(object)))}.`;
    return { tone: 'bad', title, text };
  }
  if (notReviewed.length > 0) {
    return {
      tone: 'warning',
      title,
      text: `${count(notReviewed.length, 'part')} of the stacks could not be read.`,
    };
  }
  const text =
    secrets.length === 1
      ? 'By what these stacks grant: the identity of its own service.'
      : 'By what these stacks grant, no service can read another’s secret.';
  return { tone: readers.size < secrets.length ? 'warning' : 'good', title, text };
}

function internetVerdict({ exposure }: Review): Verdict {
  const open = exposure.filter(({ level }) => level === 'public');
  const openable = exposure.filter(({ level }) => level === 'openable');
  if (open.length > 0) {
    const text = `${list(open.map(({ resource }) => `${resource.kind} ${shortName(resource.name)}`))}: no sign-in needed.`;
    return { tone: 'warning', title: `${count(open.length, 'resource')} open to everyone`, text };
  }
  if (openable.length > 0) {
    const text = `${list(openable.map(({ resource }) => shortName(resource.name)))} could be opened by a later grant.`;
    return { tone: 'warning', title: 'Nothing is public yet', text };
  }
  return { tone: 'good', title: 'Nothing is public', text: 'Every request needs a grant and a sign-in.' };
}

function destroyVerdict({ stacks, lifecycle }: Review): Verdict {
  const lost = lifecycle.filter(({ resource, outcome }) => resource.kind === 'key' && outcome === 'deleted');
  const refused = stacks.filter((stack) => isRefused({ lifecycle }, stack));
  const removed = stacks.filter((stack) => !refused.includes(stack));
  const text = [
    ...(refused.length > 0 ? [`Destroying ${list(refused)} is refused.`] : []),
    ...(removed.length > 0 ? [`Destroying ${list(removed)} removes what it made.`] : []),
  ].join(' ');
  return lost.length > 0
    ? { tone: 'bad', title: 'Destroying loses the key, and every secret under it', text }
    : { tone: 'good', title: 'Destroying keeps every key', text };
}

/** Whether Terraform refuses to destroy a stack, because of one resource of it. */
export function isRefused({ lifecycle }: Pick<Review, 'lifecycle'>, stack: string): boolean {
  return lifecycle.some((row) => row.stack === stack && row.outcome === 'refused');
}

function policyVerdict({ policies }: Review): Verdict {
  const findings = policies.flatMap((policy) => policy.findings);
  const open = findings.filter(({ exception }) => exception === null);
  const errors = open.filter(({ severity }) => severity === 'error').length;
  const warnings = open.length - errors;
  const excepted = findings.length - open.length;
  const holding = policies.filter((policy) =>
    policy.findings.every(({ exception }) => exception !== null),
  ).length;
  const text = `${count(warnings, 'warning')}, ${count(excepted, 'exception')}.`;
  if (errors > 0) return { tone: 'bad', title: `${count(errors, 'policy violation')}`, text };
  return {
    tone: warnings + excepted > 0 ? 'warning' : 'good',
    title: `${holding} of ${count(policies.length, 'policy', 'policies')} hold`,
    text,
  };
}
