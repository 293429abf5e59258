import { TerraformStack } from 'cdktf';
import { expect, test } from 'vitest';
import { allowPolicyException } from '../../../constructs/index.ts';
import { policyFailure } from '../../../review/policies/policy-error.ts';
import { resourceOf, resultsOf, type Sample } from './sample.ts';

const exception = {
  policy: 'bucket-versioning',
  reason: 'It holds nothing of value.',
  owner: 'team-orders',
  until: '2999-12-31',
};

function unversioned({ bucket }: Sample): void {
  resourceOf(bucket).addOverride('versioning.enabled', false);
}

test.each([
  ['the resource', ({ bucket }: Sample) => resourceOf(bucket)],
  ['its construct', ({ bucket }: Sample) => bucket],
  ['the stack', ({ stack }: Sample) => stack],
] as const)('an exception on %s keeps the result, with its reason and owner, and fails nothing', (_, on) => {
  const results = resultsOf((sample) => {
    unversioned(sample);
    allowPolicyException(on(sample), exception);
  });
  expect(results).toEqual([
    expect.objectContaining({ id: 'bucket-versioning', exception: expect.objectContaining(exception) }),
  ]);
  expect(policyFailure(results)).toBeUndefined();
});

test('an exception reaches neither another policy nor another construct', () => {
  const results = resultsOf((sample) => {
    unversioned(sample);
    resourceOf(sample.bucket).addOverride('uniform_bucket_level_access', false);
    allowPolicyException(sample.service, exception);
    allowPolicyException(sample.bucket, { ...exception, policy: 'bucket-soft-delete' });
  });
  expect(policyFailure(results)?.results.map(({ id }) => id)).toEqual([
    'bucket-uniform-access',
    'bucket-versioning',
  ]);
});

test('of two exceptions, the one nearest to the resource counts', () => {
  const results = resultsOf((sample) => {
    unversioned(sample);
    allowPolicyException(sample.bucket, exception);
    allowPolicyException(sample.stack, { ...exception, owner: 'team-platform' });
  });
  expect(results.find(({ id }) => id === 'bucket-versioning')?.exception).toMatchObject(exception);
});

test('past its last day, an exception excuses nothing, and says whose it was', () => {
  const change = (sample: Sample) => {
    unversioned(sample);
    allowPolicyException(sample.bucket, { ...exception, until: '2026-11-30' });
  };
  expect(policyFailure(resultsOf(change, { now: new Date('2026-12-01T11:00:00Z') }))).toBeUndefined();
  const after = policyFailure(resultsOf(change, { now: new Date('2026-12-02T00:00:00Z') }));
  expect(after?.results.map(({ id, found }) => [id, found])).toEqual([
    ['bucket-versioning', 'an overwritten object is gone'],
    ['exception-current', 'the exception of team-orders from bucket-versioning ended on 2026-11-30'],
  ]);
});

test.each([
  [{ owner: '' }, 'an exception from bucket-versioning says no owner'],
  [{ reason: ' ', until: undefined }, 'an exception from bucket-versioning says no reason and no until'],
  [
    { until: '2026-02-30' },
    'the exception from bucket-versioning ends on "2026-02-30", which is no day like 2027-01-31',
  ],
])('an exception that is written with %o excuses nothing', (changes, found) => {
  const results = resultsOf((sample) => {
    unversioned(sample);
    const written = [{ path: 'test/bucket', ...exception, ...changes }];
    sample.stack.addOverride('//.cloud-run-identity.exceptions', written);
  });
  expect(policyFailure(results)?.results.map((result) => result.found)).toEqual([
    'an overwritten object is gone',
    found,
  ]);
});

test('an exception changes nothing of what is deployed', () => {
  const synthesized: unknown[] = [];
  for (const change of [() => {}, ({ bucket }: Sample) => allowPolicyException(bucket, exception)]) {
    resultsOf((sample) => {
      change(sample);
      synthesized.push(TerraformStack.of(sample.bucket).toTerraform().resource);
    });
  }
  expect(synthesized[1]).toEqual(synthesized[0]);
});
