import { CloudRunServiceIamMember } from '@cdktf/provider-google/lib/cloud-run-service-iam-member/index.js';
import { StorageBucket } from '@cdktf/provider-google/lib/storage-bucket/index.js';
import { StorageBucketIamMember } from '@cdktf/provider-google/lib/storage-bucket-iam-member/index.js';
import { expect, test } from 'vitest';
import { CloudRunService } from '../../constructs/cloud-run-service.ts';
import { ServiceIdentity } from '../../constructs/service-identity.ts';
import type { Review } from '../../review/facts/model.ts';
import { summaryOf } from '../../review/words/summary.ts';
import { one, reviewProject, reviewStack } from './support.ts';

function levels({ exposure }: Review): Record<string, string> {
  return Object.fromEntries(exposure.map(({ resource, level }) => [resource.kind, level]));
}

test('by default nothing is public', () => {
  const review = reviewProject();
  expect(levels(review)).toEqual({ bucket: 'granted', 'Cloud Run service': 'granted' });
  expect(summaryOf(review)[1]).toMatchObject({ tone: 'good', title: 'Nothing is public' });
});

test('a public service is public, and its page hides every value', () => {
  const review = reviewProject({ public: true });
  expect(levels(review)['Cloud Run service']).toBe('public');
  const row = one(review.exposure.filter(({ level }) => level === 'public'));
  expect(row.explanation).toMatch(/^allUsers may open it\..*masks every value/);
  expect(summaryOf(review)[1]).toMatchObject({ tone: 'warning' });
});

test('a service with internal ingress is not reached from the internet, whoever may invoke it', () => {
  const review = reviewStack((stack) => {
    const identity = new ServiceIdentity(stack, 'identity', { accountId: 'orders', displayName: 'Orders' });
    const service = new CloudRunService(stack, 'service', {
      ...{ name: 'orders', location: 'us-central1', image: 'example.com/orders:1', identity },
      ...{ environment: {}, dependsOn: [], ingress: 'internal' },
    });
    service.allowUnauthenticated();
  });
  expect(levels(review)).toEqual({ 'Cloud Run service': 'internal' });
});

test.each([
  ['enforced', undefined, 'granted'],
  ['inherited', undefined, 'openable'],
  ['inherited', 'allAuthenticatedUsers', 'public'],
])('a bucket with public access prevention %s and a grant to %s is %s', (prevention, member, level) => {
  const review = reviewStack((stack) => {
    new StorageBucket(stack, 'bucket', { name: 'b', location: 'EU', publicAccessPrevention: prevention });
    if (member)
      new StorageBucketIamMember(stack, 'grant', { bucket: 'b', role: 'roles/storage.objectViewer', member });
  });
  expect(levels(review)).toEqual({ bucket: level });
});

test('a public grant on what is made elsewhere is public', () => {
  const review = reviewStack((stack) => {
    const service = { service: 'other', location: 'us-central1' };
    new CloudRunServiceIamMember(stack, 'grant', {
      ...service,
      role: 'roles/run.invoker',
      member: 'allUsers',
    });
  });
  expect(one(review.exposure)).toMatchObject({
    level: 'public',
    resource: { name: 'projects/my-project/locations/us-central1/services/other' },
  });
});
