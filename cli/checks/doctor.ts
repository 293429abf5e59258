import { explain } from './broken.ts';
import type { Deployment } from './deployment.ts';
import { apisLink } from './links/apis.ts';
import { ciphertextLink } from './links/ciphertext.ts';
import { credentialsLink } from './links/credentials.ts';
import { decryptGrantLink, readGrantLink } from './links/grants.ts';
import { identityLink } from './links/identity.ts';
import { keyLink } from './links/key.ts';
import { objectLink } from './links/object.ts';
import { probeLink } from './links/probe.ts';
import { revisionLink } from './links/revision.ts';

/** One link of the chain between the settings and a service that has its secret. */
export interface Link {
  readonly name: string;
  /**
   * Looks at the link.
   * @returns what was seen
   * @throws BrokenError, SecretError or CommandError when it is broken
   */
  readonly check: (deployment: Deployment) => Promise<string>;
}

/** What was found at a link. */
export interface Finding {
  readonly link: string;
  readonly isBroken: boolean;
  /** What was seen, or what is wrong. */
  readonly text: string;
  /** The one command that mends it, where something is wrong. */
  readonly fix?: string;
}

/** The chain, each link only meaningful when those before it hold. */
export const LINKS: readonly Link[] = [
  credentialsLink,
  apisLink,
  keyLink,
  objectLink,
  ciphertextLink,
  identityLink,
  decryptGrantLink,
  readGrantLink,
  revisionLink,
  probeLink,
];

/**
 * Walks the chain and stops at the first link that is broken: what comes after it would only fail because of it.
 *
 * @param onFinding is told of each link as soon as it has been looked at
 * @returns the findings; the last one is the broken one, if there is one
 */
export async function diagnose(
  deployment: Deployment,
  onFinding: (finding: Finding) => void = () => {},
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name, check } of LINKS) {
    const finding = await lookAt(name, () => check(deployment));
    findings.push(finding);
    onFinding(finding);
    if (finding.isBroken) break;
  }
  return findings;
}

async function lookAt(link: string, check: () => Promise<string>): Promise<Finding> {
  try {
    return { link, isBroken: false, text: await check() };
  } catch (error) {
    const { problem, fix } = explain(error);
    return { link, isBroken: true, text: problem, fix };
  }
}
