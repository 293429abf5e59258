import { KmsCryptoKey } from '@cdktf/provider-google/lib/kms-crypto-key/index.js';
import { ProjectService } from '@cdktf/provider-google/lib/project-service/index.js';
import { StorageBucket } from '@cdktf/provider-google/lib/storage-bucket/index.js';
import { expect, test } from 'vitest';
import { summaryOf } from '../../review/words/summary.ts';
import { one, reviewProject, reviewStack } from './support.ts';

test('destroying the foundation is refused and keeps all of it', () => {
  const review = reviewProject();
  const foundation = review.lifecycle.filter(({ stack }) => stack === 'cloud-run-identity-foundation');
  expect(foundation.map(({ outcome }) => outcome)).not.toContain('deleted');
  const refused = foundation
    .filter(({ outcome }) => outcome === 'refused')
    .map(({ resource }) => resource.kind);
  expect(refused.sort()).toEqual(['key', 'key ring']);
  expect(summaryOf(review)[2]).toMatchObject({ tone: 'good', title: 'Destroying keeps every key' });
});

test('destroying the service deletes what it made, and says what can be restored', () => {
  const service = reviewProject().lifecycle.filter(({ stack }) => stack === 'cloud-run-identity');
  expect(new Set(service.map(({ outcome }) => outcome))).toEqual(new Set(['deleted']));
  expect(one(service.filter(({ resource }) => resource.kind === 'bucket')).note).toContain('7 days');
  expect(one(service.filter(({ resource }) => resource.kind === 'service account')).note).toContain(
    '30 days',
  );
});

test('a key that is not protected loses its secrets, which the summary says first', () => {
  const review = reviewStack((stack) => {
    new KmsCryptoKey(stack, 'key', { name: 'k', keyRing: 'ring', destroyScheduledDuration: '86400s' });
  });
  expect(one(review.lifecycle)).toMatchObject({
    outcome: 'deleted',
    note: expect.stringContaining('for 1 day,'),
  });
  expect(summaryOf(review)[2]).toMatchObject({ tone: 'bad' });
});

test('a bucket without force_destroy stays while it holds something', () => {
  const { lifecycle } = reviewStack((stack) => {
    new StorageBucket(stack, 'bucket', { name: 'b', location: 'EU' });
  });
  expect(one(lifecycle)).toMatchObject({ outcome: 'kept', note: expect.stringMatching(/^Refused while/) });
});

test('an API is disabled unless the resource says otherwise', () => {
  const { lifecycle } = reviewStack((stack) => {
    new ProjectService(stack, 'kept', { service: 'a.googleapis.com', disableOnDestroy: false });
    new ProjectService(stack, 'off', { service: 'b.googleapis.com' });
  });
  expect(lifecycle.map(({ outcome }) => outcome)).toEqual(['kept', 'deleted']);
});
