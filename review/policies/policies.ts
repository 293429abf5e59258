import type { Origin } from '../facts/model.ts';
import { notesOf, type PolicyException } from '../facts/notes.ts';
import type { ReviewedBlock, ReviewedStack } from '../facts/resources.ts';
import type { Facts } from '../facts/review.ts';
import { accessPolicies } from './access.ts';
import { bucketPolicies } from './bucket.ts';
import { exceptionFor, isCurrent } from './exceptions.ts';
import { gkePolicies } from './gke.ts';
import { identityPolicies } from './identity.ts';
import { keyPolicies } from './key.ts';
import { namePolicies } from './names.ts';
import type { DeploymentPolicy, Policy, Severity } from './policy.ts';
import { reviewedApp } from './reviewed-app.ts';
import { runPolicies } from './run.ts';
import { secretPolicies } from './secrets.ts';
import { type SourceLocation, type Sources, sourceLocator } from './source-location.ts';
import { worldPolicies } from './world.ts';

const DEPLOYMENT_POLICIES: readonly DeploymentPolicy[] = [
  ...worldPolicies,
  ...accessPolicies,
  ...identityPolicies,
  ...keyPolicies,
  ...bucketPolicies,
  ...runPolicies,
  ...gkePolicies,
  ...secretPolicies,
  ...namePolicies,
];

const EXCEPTION_NEEDED: Policy = {
  id: 'exception-needed',
  severity: 'warning',
  reason: 'An exception that nothing needs hides the violation that comes next.',
  fix: 'Remove the exception, or correct the id of its policy: docs/policies.md lists them.',
};

const EXCEPTION_CURRENT: Policy = {
  id: 'exception-current',
  severity: 'error',
  reason: 'An exception that somebody owns for a time is a decision; any other is forgotten.',
  fix: 'Give the exception a policy, a reason, an owner and a last day that is still to come, or mend what it excuses.',
};

/** Every policy, by family. docs/policies.md is made from it. */
export const POLICIES: readonly Policy[] = [...DEPLOYMENT_POLICIES, EXCEPTION_NEEDED, EXCEPTION_CURRENT];

/** One place where a policy does not hold. */
export interface PolicyResult {
  /** Of the policy. */
  readonly id: string;
  readonly reason: string;
  readonly severity: Severity;
  /** Of the construct, e.g. `cloud-run-identity/bucket/Default`. */
  readonly path: string;
  /** Of the resource in its stack, e.g. `google_storage_bucket.bucket`; empty when it is about none. */
  readonly address: string;
  /** What is there instead, as a sentence without its full stop. */
  readonly found: string;
  readonly fix: string;
  /** Where it comes from. */
  readonly source: SourceLocation;
  /** Present when the code allows it; the result then fails nothing. */
  readonly exception?: PolicyException;
}

/** How policies are checked. */
export interface PolicyOptions extends Sources {
  /** Full names of the Cloud Run services that are meant to be public. @default none */
  readonly publicServices?: readonly string[] | undefined;
  /** Whether a warning is an error. @default false */
  readonly strict?: boolean | undefined;
  /** The day by which exceptions end. @default today */
  readonly now?: Date | undefined;
}

/**
 * Checks every policy against everything that is to be deployed.
 *
 * @returns where policies do not hold, in the order of {@link POLICIES}, exceptions included
 */
export function checkPolicies(
  stacks: readonly ReviewedStack[],
  facts: Facts,
  options: PolicyOptions,
): PolicyResult[] {
  const { publicServices = [], strict = false, now = new Date() } = options;
  const notes = stacks.map((stack) => ({ stack, ...notesOf(stack) }));
  const current = new Map(
    notes.map(({ stack, exceptions }) => [stack.id, exceptions.filter((one) => isCurrent(one, now))]),
  );
  const reviewed = reviewedApp(stacks, facts, publicServices);
  const broken: Finding[] = DEPLOYMENT_POLICIES.flatMap((policy) =>
    policy.violations(reviewed).map(({ at, found }) => {
      const exception = exceptionFor(current.get(at.stack) ?? [], at.path, policy.id);
      return { policy, at, found, ...(exception && { exception }) };
    }),
  );
  const needed = new Set(broken.map(({ exception }) => exception));
  const declared: Finding[] = notes.flatMap(({ stack, exceptions, problems }) => [
    ...exceptions
      .filter((one) => isCurrent(one, now) && !needed.has(one))
      .map((one) => ({
        policy: EXCEPTION_NEEDED,
        at: originOf(stack, one.path),
        found: `nothing here needs the exception of ${one.owner} from ${one.policy}`,
      })),
    ...exceptions
      .filter((one) => !isCurrent(one, now))
      .map((one) => ({
        policy: EXCEPTION_CURRENT,
        at: originOf(stack, one.path),
        found: `the exception of ${one.owner} from ${one.policy} ended on ${one.until}`,
      })),
    ...problems.map((found) => ({ policy: EXCEPTION_CURRENT, at: originOf(stack, stack.id), found })),
  ]);
  const place = placer(stacks, options);
  return [...broken, ...declared].map(({ policy: { id, reason, severity, fix }, at, found, exception }) => ({
    id,
    reason,
    severity: strict ? 'error' : severity,
    path: at.path,
    address: at.address,
    found,
    fix,
    source: place(at),
    ...(exception && { exception }),
  }));
}

interface Finding {
  readonly policy: Policy;
  readonly at: Origin;
  readonly found: string;
  readonly exception?: PolicyException;
}

function originOf({ id }: ReviewedStack, path: string): Origin {
  return { stack: id, address: '', path };
}

/** Where a finding is shown: the block that it is about, else the first of its path, else the stack's first line. */
function placer(stacks: readonly ReviewedStack[], options: PolicyOptions): (at: Origin) => SourceLocation {
  const locate = sourceLocator(options);
  const blocks = stacks.flatMap((stack) => [...stack.resources, ...stack.blocks]);
  const byAddress = new Map(blocks.map((block) => [`${block.stack} ${block.address}`, block]));
  return ({ stack, address, path }) => {
    const block =
      byAddress.get(`${stack} ${address}`) ??
      blocks.find((one) => one.stack === stack && path !== '' && one.path.startsWith(path)) ??
      blocks.find((one) => one.stack === stack);
    return block ? locate(block as ReviewedBlock) : { file: '.', line: 1 };
  };
}
