import { runsAs } from '../facts/gke.ts';
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
  const own = services.filter(({ name }) => secret.services.includes(name));
  return secret.readers.every(({ principal }) => own.some((service) => runsAs(service, principal)));
}

/** What keeps a headline from being good: an unknown may change what it says. */
function doubtOf({ unknown, notReviewed }: Review): string | undefined {
  if (unknown.length > 0)
    return `${count(unknown.length, 'part')} of it ${unknown.length === 1 ? 'is' : 'are'} unknown before deployment.`;
  return notReviewed.length > 0
    ? `${count(notReviewed.length, 'part')} of the stacks may be other than ${notReviewed.length === 1 ? 'it looks' : 'they look'}.`
    : undefined;
}

function inDoubt(verdict: Verdict, review: Review): Verdict {
  const doubt = verdict.tone === 'good' ? doubtOf(review) : undefined;
  return doubt === undefined ? verdict : { ...verdict, tone: 'warning', text: doubt };
}

function secretVerdict(review: Review): Verdict {
  const { secrets, services } = review;
  const shared = secrets.filter((secret) => !isReadByItsServicesOnly(secret, review));
  const readers = new Set(secrets.flatMap((secret) => secret.readers.map(({ principal }) => principal)));
  if (secrets.length === 0) {
    const text =
      services.length === 0 ? 'There is no Cloud Run service.' : 'No service says which secret it reads.';
    return inDoubt({ tone: 'good', title: 'No secret of a service is named', text }, review);
  }
  const title =
    secrets.length === 1
      ? `${count(readers.size, 'principal')} can read the secret`
      : `${count(secrets.length, 'secret')}, ${count(readers.size, 'principal')} can read them`;
  if (shared.length > 0) {
    const text = `Not only the identity of its own service reads ${list(shared.map(({ object }) => shortName(object)))}.`;
    return { tone: 'bad', title, text };
  }
  const text =
    secrets.length === 1
      ? 'By what these stacks grant: the identity of its own service.'
      : 'By what these stacks grant, no service can read another’s secret.';
  const isReadBySome = secrets.every((secret) => secret.readers.length > 0);
  return inDoubt({ tone: isReadBySome ? 'good' : 'warning', title, text }, review);
}

function internetVerdict(review: Review): Verdict {
  const { exposure } = review;
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
  const doubt = doubtOf(review);
  if (doubt !== undefined) return { tone: 'warning', title: 'Nothing that is known is public', text: doubt };
  return { tone: 'good', title: 'Nothing is public', text: 'Every request needs a grant and a sign-in.' };
}

function destroyVerdict(review: Review): Verdict {
  const { stacks, lifecycle } = review;
  const lost = lifecycle.filter(({ resource, outcome }) => resource.kind === 'key' && outcome === 'deleted');
  const refused = stacks.filter((stack) => isRefused({ lifecycle }, stack));
  const removed = stacks.filter((stack) => !refused.includes(stack));
  const text = [
    ...(refused.length > 0 ? [`Destroying ${list(refused)} is refused.`] : []),
    ...(removed.length > 0 ? [`Destroying ${list(removed)} removes what it made.`] : []),
  ].join(' ');
  return lost.length > 0
    ? { tone: 'bad', title: 'Destroying loses the key, and every secret under it', text }
    : inDoubt({ tone: 'good', title: 'Destroying keeps every key', text }, review);
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
