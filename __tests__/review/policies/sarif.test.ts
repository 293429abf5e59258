import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { allowPolicyException } from '../../../constructs/index.ts';
import { POLICIES } from '../../../review/policies/policies.ts';
import { sarifLog, writeSarif } from '../../../review/words/sarif.ts';
import { addResource, resourceOf, resultsOf, type Sample } from './sample.ts';

const projectRoot = resolve(import.meta.dirname, '../../..');

function breakTwo({ bucket, service }: Sample): void {
  resourceOf(bucket).addOverride('versioning.enabled', false);
  resourceOf(service).addOverride('template.spec.containers.0.image', 'example.com/orders:1');
}

/** The only run of the log. */
function runOf(change: (sample: Sample) => void) {
  const log = sarifLog(resultsOf(change));
  expect(log.version).toBe('2.1.0');
  const [run] = log.runs;
  if (!run || log.runs.length > 1) throw new Error('not one run');
  return run;
}

test('the rules are all policies, whether they hold or not', () => {
  const { tool, results } = runOf(() => {});
  expect(tool.driver.rules.map(({ id }) => id)).toEqual(POLICIES.map(({ id }) => id));
  expect(results).toEqual([]);
});

test('a result says which rule, how bad, what and where', () => {
  const { tool, results } = runOf(breakTwo);
  expect(results.map(({ ruleId, level }) => [ruleId, level])).toEqual([
    ['bucket-versioning', 'error'],
    ['run-image-by-digest', 'warning'],
  ]);
  for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
  expect(results[0]?.message.text).toBe(
    'test/bucket/Default: an overwritten object is gone. Set versioning to { enabled: true }.',
  );
  expect(results[0]?.locations[0]?.logicalLocations[0]?.fullyQualifiedName).toBe('test/bucket/Default');
});

test('a result points to the line that makes the resource, in a file that a code host has', () => {
  for (const [index, statement] of ['new StorageBucket(', 'new RunService('].entries()) {
    const location = runOf(breakTwo).results[index]?.locations[0]?.physicalLocation;
    const { uri = '', uriBaseId } = location?.artifactLocation ?? {};
    expect(uriBaseId).toBe('%SRCROOT%');
    const lines = readFileSync(join(projectRoot, uri), 'utf8').split('\n');
    expect(lines[(location?.region.startLine ?? 0) - 1]).toContain(statement);
  }
});

test('what no construct of ours makes is shown in the JSON that it stands in', () => {
  const { results } = runOf(({ stack }) => addResource(stack, 'google_service_account_key', {}));
  const { artifactLocation, region } = results[0]?.locations[0]?.physicalLocation ?? {};
  expect(artifactLocation?.uri).toMatch(/\/cdktf\.out\/stacks\/test\/cdk\.tf\.json$/);
  expect(region?.startLine).toBeGreaterThan(1);
});

test('every fingerprint is unique and the same in every run', () => {
  const twice = (sample: Sample) => {
    breakTwo(sample);
    const variables = [3, 4].map((index) => [index, { name: `PASS_${index}`, value: 'x' }] as const);
    for (const [index, variable] of variables) {
      resourceOf(sample.service).addOverride(`template.spec.containers.0.env.${index}`, variable);
    }
  };
  const [first, second] = [runOf(twice), runOf(twice)].map(({ results }) =>
    results.map(({ partialFingerprints }) => partialFingerprints.primaryLocationLineHash),
  );
  expect(first).toHaveLength(4);
  expect(new Set(first).size).toBe(4);
  expect(second).toEqual(first);
});

test('an exception is a suppression with its reason and owner', () => {
  const { results } = runOf((sample) => {
    breakTwo(sample);
    const exception = {
      policy: 'bucket-versioning',
      reason: 'Nothing of value.',
      owner: 'team-orders',
      until: '2999-12-31',
    };
    allowPolicyException(sample.bucket, exception);
  });
  expect(results.map((result) => 'suppressions' in result && result.suppressions)).toEqual([
    [{ kind: 'inSource', justification: 'Nothing of value. Owner: team-orders. Until 2999-12-31.' }],
    false,
  ]);
});

test('the file holds the log', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sarif-'));
  try {
    const results = resultsOf(breakTwo);
    writeSarif(results, join(directory, 'policies.sarif'));
    expect(JSON.parse(readFileSync(join(directory, 'policies.sarif'), 'utf8'))).toEqual(sarifLog(results));
  } finally {
    rmSync(directory, { recursive: true });
  }
});
