import { TerraformStack } from 'cdktf';
import { expect, test } from 'vitest';
import { allowPolicyException } from '../../../review/policies/exceptions.ts';
import { policyFailure } from '../../../review/policies/policy-error.ts';
import { resourceOf, resultsOf, type Sample } from './sample.ts';

const exception = { policy: 'bucket-versioning', reason: 'It holds nothing of value.', owner: 'team-orders' };

function unversioned({ bucket }: Sample): void {
  resourceOf(bucket).addOverride('versioning.enabled', false);
}

test.each([
  ['the resource', ({ bucket }: Sample) => resourceOf(bucket)],
  ['its construct', ({ bucket }: Sample) => bucket],
  ['the stack', ({ stack }: Sample) => stack],
  ['the app', ({ app }: Sample) => app],
] as const)('an exception on %s keeps the result, with its reason and owner, and fails nothing', (_, on) => {
  const results = resultsOf((sample) => {
    unversioned(sample);
    allowPolicyException(on(sample), exception);
  });
  expect(results).toEqual([expect.objectContaining({ id: 'bucket-versioning', exception })]);
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
  expect(results.find(({ id }) => id === 'bucket-versioning')?.exception).toEqual(exception);
});

test.each([
  [{ reason: '' }, 'has no reason'],
  [{ owner: ' ' }, 'has no owner'],
  [{ reason: '', owner: '' }, 'has no reason and no owner'],
])('an exception with %o is refused where it is declared', (changes, message) => {
  expect(() => resultsOf(({ bucket }) => allowPolicyException(bucket, { ...exception, ...changes }))).toThrow(
    `The exception from the policy bucket-versioning for test/bucket ${message}. `,
  );
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
