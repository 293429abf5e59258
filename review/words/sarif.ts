import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { POLICIES, type PolicyResult } from '../policies/policies.ts';
import { exceptionText } from './wording.ts';

/**
 * Writes the results in SARIF 2.1.0, https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, so that code
 * hosts annotate the lines and keep track of them. The folder must exist.
 */
export function writeSarif(results: readonly PolicyResult[], file: string): void {
  writeFileSync(file, `${JSON.stringify(sarifLog(results), null, 2)}\n`);
}

/** The results as a SARIF log with one run; all policies are its rules, whether they hold or not. */
export function sarifLog(results: readonly PolicyResult[]) {
  const driver = { name: 'cloud-run-identity', rules: POLICIES.map(rule) };
  const fingerprints = fingerprintsOf(results);
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver },
        results: results.map((result, index) => sarifResult(result, fingerprints[index] ?? '')),
      },
    ],
  };
}

function rule({ id, severity, reason, fix }: (typeof POLICIES)[number]) {
  return {
    id,
    shortDescription: { text: reason },
    fullDescription: { text: reason },
    help: { text: fix },
    defaultConfiguration: { level: severity },
  };
}

function sarifResult(result: PolicyResult, fingerprint: string) {
  const { id, severity, found, fix, path, source, exception } = result;
  return {
    ruleId: id,
    ruleIndex: POLICIES.findIndex((policy) => policy.id === id),
    level: severity,
    message: { text: `${path || 'the app'}: ${found}. ${fix}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: source.file, uriBaseId: '%SRCROOT%' },
          region: { startLine: source.line },
        },
        logicalLocations: [{ fullyQualifiedName: path, kind: 'resource' }],
      },
    ],
    partialFingerprints: { primaryLocationLineHash: fingerprint },
    ...(exception && {
      suppressions: [{ kind: 'inSource', justification: exceptionText(exception) }],
    }),
  };
}

/**
 * Code hosts recognize a result by its fingerprint: this one stays the same when lines move, and differs for two
 * constructs that the same line makes. The number counts equal ones.
 */
function fingerprintsOf(results: readonly PolicyResult[]): string[] {
  const counts = new Map<string, number>();
  return results.map(({ id, path, address }) => {
    const hash = createHash('sha256')
      .update(JSON.stringify([id, path, address]))
      .digest('hex')
      .slice(0, 16);
    const count = (counts.get(hash) ?? 0) + 1;
    counts.set(hash, count);
    return `${hash}:${count}`;
  });
}
