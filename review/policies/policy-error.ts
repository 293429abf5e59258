import type { PolicyResult } from './policies.ts';

/** What is about to be deployed breaks policies. Its message lists all of it, so that one round of edits can fix it. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly results: readonly PolicyResult[];

  constructor(results: readonly PolicyResult[]) {
    const title =
      results.length === 1 ? 'A policy does not hold.' : `Policies do not hold in ${results.length} places.`;
    super([title, ...results.map(describe)].join('\n\n'));
    this.results = results;
  }
}

/** The error that synthesis ends with: undefined when nothing but warnings and exceptions was found. */
export function policyFailure(results: readonly PolicyResult[]): PolicyError | undefined {
  const failing = results.filter(({ severity, exception }) => severity === 'error' && !exception);
  return failing.length > 0 ? new PolicyError(failing) : undefined;
}

function describe({ id, path, found, reason, fix, source }: PolicyResult): string {
  return [
    `  ${id}: ${found}.`,
    `    At: ${path || 'the app'} (${source.file}:${source.line}).`,
    `    Why: ${reason}`,
    `    Fix: ${fix}`,
  ].join('\n');
}
