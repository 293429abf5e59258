import { expect, test } from 'vitest';
import { policyFailure } from '../../../review/policies/policy-error.ts';
import { addResource, resourceOf, resultsOf, type Sample } from './sample.ts';

const SECRET = 'hunter2-not-a-secret';

function breakMuch({ stack, bucket, service }: Sample): void {
  resourceOf(bucket).addOverride('versioning.enabled', false);
  resourceOf(service).addOverride('template.spec.containers.0.image', 'example.com/orders:1');
  resourceOf(service).addOverride('template.spec.containers.0.env.3', { name: 'DB_PASS', value: SECRET });
  addResource(stack, 'google_storage_bucket_object', { name: 'a', content: SECRET });
}

test('nothing found is no failure', () => {
  expect(policyFailure([])).toBeUndefined();
});

test('the message lists everything at once: what was found, where, why, and the fix', () => {
  const failure = policyFailure(resultsOf(breakMuch));
  expect(failure?.results.map(({ id }) => id)).toEqual([
    'bucket-versioning',
    'secret-not-in-environment',
    'secret-not-in-arguments',
  ]);
  const line = resultsOf(breakMuch)[0]?.source.line;
  expect(failure?.message.split('\n\n').slice(0, 2)).toEqual([
    'Policies do not hold in 3 places.',
    [
      '  bucket-versioning: an overwritten object is gone.',
      `    At: test/bucket/Default (constructs/private-bucket.ts:${line}).`,
      '    Why: Without versions, a bad write is the end of the secret before it, and nothing can be rolled back.',
      '    Fix: Set versioning to { enabled: true }.',
    ].join('\n'),
  ]);
});

test('a warning is an error in strict mode only', () => {
  const change = ({ service }: Sample) =>
    resourceOf(service).addOverride('template.spec.containers.0.image', 'example.com/orders:1');
  expect(policyFailure(resultsOf(change))).toBeUndefined();
  expect(policyFailure(resultsOf(change, { strict: true }))?.results.map(({ id }) => id)).toEqual([
    'run-image-by-digest',
  ]);
});

test('no secret that is found is shown', () => {
  const results = resultsOf(breakMuch);
  expect(JSON.stringify(results)).not.toContain(SECRET);
  expect(policyFailure(results)?.message).not.toContain(SECRET);
});
