import { SecretError } from '@cloud-run-identity/secrets';
import { SettingsError } from '../../settings/index.ts';
import { CommandError } from '../errors.ts';
import type { Deployment } from './deployment.ts';

/** One thing that is looked at: a link of the chain that a service needs, or something that must hold of it. */
export interface Check {
  /** A link's name, or what must hold as a sentence. */
  readonly name: string;
  /**
   * Looks.
   * @returns what was seen, where it is as it must be
   * @throws BrokenError, SecretError or CommandError when it is not; NotProvenError when that cannot be told
   */
  readonly look: (deployment: Deployment) => Promise<string>;
}

/** What came of a look: it holds, it is broken, or nobody here can tell, which is never as good as holding. */
export interface Finding {
  readonly check: string;
  readonly state: 'holds' | 'broken' | 'not proven';
  /** What was seen, what is wrong, or why it cannot be told. */
  readonly text: string;
  /** The one command that mends it, or lets it be told. */
  readonly fix?: string;
}

/** Something is not as it must be; the message names principal, permission and resource where they matter. */
export class BrokenError extends Error {
  override readonly name: string = 'BrokenError';
  /** The one command that mends it. */
  readonly fix: string;

  constructor(message: string, fix: string, options?: ErrorOptions) {
    super(message, options);
    this.fix = fix;
  }
}

/** Nobody can tell whether it is as it must be, with what whoever looks may see. */
export class NotProvenError extends BrokenError {
  override readonly name = 'NotProvenError';
}

/** Whoever looks lacks a permission that the service itself need not have. */
export function notLookedAt(error: SecretError): NotProvenError {
  return new NotProvenError(`not looked at: ${error.message.replace(` Fix: ${error.fix}`, '')}`, error.fix);
}

/** Looks at one thing after the other until the first that is broken: what comes after it would fail because of it. */
export async function untilBroken(
  checks: readonly Check[],
  deployment: Deployment,
  onFinding: (finding: Finding) => void = () => {},
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of checks) {
    const finding = await lookAt(check.name, () => check.look(deployment));
    findings.push(finding);
    onFinding(finding);
    if (finding.state === 'broken') break;
  }
  return findings;
}

/** Looks at everything at once, whatever is broken. */
export function toTheEnd(checks: readonly Check[], deployment: Deployment): Promise<Finding[]> {
  return Promise.all(checks.map(({ name, look }) => lookAt(name, () => look(deployment))));
}

/** What comes of one look. @throws whatever is no known failure */
export async function lookAt(check: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { check, state: 'holds', text: await look() };
  } catch (error) {
    const state = error instanceof NotProvenError ? 'not proven' : 'broken';
    return { check, state, ...explain(error) };
  }
}

function explain(error: unknown): { text: string; fix: string } {
  if (error instanceof BrokenError) return { text: error.message, fix: error.fix };
  if (error instanceof SecretError) {
    return { text: error.message.replace(` Fix: ${error.fix}`, ''), fix: error.fix };
  }
  if (error instanceof CommandError || error instanceof SettingsError) {
    return { text: error.message, fix: 'do what the message says' };
  }
  throw error;
}
