import type { App } from 'cdktf';
import type { IConstruct } from 'constructs';
import type { Origin } from '../facts/model.ts';
import { type ReviewedResource, resourcesOf, stacksOf } from '../facts/resources.ts';
import { accessPolicies } from './access.ts';
import { bucketPolicies } from './bucket.ts';
import { declaredExceptions, exceptionFor, type PolicyException } from './exceptions.ts';
import { identityPolicies } from './identity.ts';
import { keyPolicies } from './key.ts';
import { namePolicies } from './names.ts';
import type { DeploymentPolicy, Policy, Severity } from './policy.ts';
import { providersOf } from './providers.ts';
import { reviewedApp } from './reviewed-app.ts';
import { runPolicies } from './run.ts';
import { secretPolicies } from './secrets.ts';
import { type SourceLocation, sourceLocator } from './source-location.ts';

const DEPLOYMENT_POLICIES: readonly DeploymentPolicy[] = [
  ...accessPolicies,
  ...identityPolicies,
  ...keyPolicies,
  ...bucketPolicies,
  ...runPolicies,
  ...secretPolicies,
  ...namePolicies,
];

const EXCEPTION_NEEDED: Policy = {
  id: 'exception-needed',
  severity: 'warning',
  reason: 'An exception that nothing needs hides the violation that comes next.',
  fix: 'Remove the exception, or correct the id of its policy: docs/policies.md lists them.',
};

/** Every policy, by family. docs/policies.md is made from it. */
export const POLICIES: readonly Policy[] = [...DEPLOYMENT_POLICIES, EXCEPTION_NEEDED];

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
  /** Where the code makes the construct. */
  readonly source: SourceLocation;
  /** Present when the code allows it; the result then fails nothing. */
  readonly exception?: PolicyException;
}

/** How policies are checked. */
export interface PolicyOptions {
  /** Names of the Cloud Run services that the settings make public. @default none */
  readonly publicServices?: readonly string[];
  /** Whether a warning is an error. @default false */
  readonly strict?: boolean;
  /** What {@link resourcesOf} gives of every stack, when that was asked already. */
  readonly resources?: readonly ReviewedResource[];
}

/**
 * Checks every policy against everything that the app will deploy. Not a validation of the CDK's: those stop at
 * the first stack that has one, and before anything is written, where a reviewer is to see all of it at once.
 *
 * @returns where policies do not hold, in the order of {@link POLICIES}, exceptions included
 */
export function checkPolicies(app: App, options: PolicyOptions = {}): PolicyResult[] {
  const { resources = stacksOf(app).flatMap(resourcesOf), publicServices = [], strict = false } = options;
  const broken = brokenPolicies(app, resources, publicServices);
  const locate = sourceLocator();
  return [...broken, ...unneededExceptions(app, broken)].map(
    ({ policy: { id, reason, severity, fix }, construct, address, found, exception }) => ({
      id,
      reason,
      severity: strict ? 'error' : severity,
      path: construct.node.path,
      address,
      found,
      fix,
      source: locate(construct),
      ...(exception && { exception }),
    }),
  );
}

interface Finding {
  readonly policy: Policy;
  readonly construct: IConstruct;
  readonly address: string;
  readonly found: string;
  readonly exception?: PolicyException | undefined;
}

function brokenPolicies(
  app: App,
  resources: readonly ReviewedResource[],
  publicServices: readonly string[],
): Finding[] {
  const providers = providersOf(app);
  const place = ({ stack, address }: Origin) => `${stack} ${address}`;
  const constructs = new Map([...resources, ...providers].map((part) => [place(part), part.construct]));
  const reviewed = reviewedApp({ resources, providers, publicServices });
  return DEPLOYMENT_POLICIES.flatMap((policy) =>
    policy.violations(reviewed).map(({ at, found }) => {
      const construct = constructs.get(place(at)) ?? app;
      return { policy, construct, address: at.address, found, exception: exceptionFor(construct, policy.id) };
    }),
  );
}

function unneededExceptions(app: App, broken: readonly Finding[]): Finding[] {
  const needed = new Set(broken.map(({ exception }) => exception));
  return declaredExceptions(app)
    .filter(({ exception }) => !needed.has(exception))
    .map(({ construct, exception: { policy, owner } }) => {
      const found = `nothing here needs the exception of ${owner} from ${policy}`;
      return { policy: EXCEPTION_NEEDED, construct, address: '', found };
    });
}
