import { allowPolicyException } from '../../../../review/policies/exceptions.ts';
import { resourceOf, type Sample } from '../sample.ts';
import type { PolicyCase } from './policy-case.ts';

const allow =
  (policy: string) =>
  ({ bucket }: Sample) =>
    allowPolicyException(bucket, { policy, reason: 'It holds nothing of value.', owner: 'team-orders' });

const unneeded = (policy: string) => `nothing here needs the exception of team-orders from ${policy}`;

export const exceptionCases: readonly PolicyCase[] = [
  {
    policy: 'exception-needed',
    title: 'an exception from a policy that holds',
    change: allow('bucket-versioning'),
    found: [unneeded('bucket-versioning')],
  },
  {
    policy: 'exception-needed',
    title: 'an exception from a policy that there is not',
    change: allow('bucket-versionning'),
    found: [unneeded('bucket-versionning')],
  },
  {
    policy: 'exception-needed',
    title: 'an exception from a policy that does not hold',
    change: (sample) => {
      allow('bucket-versioning')(sample);
      resourceOf(sample.bucket).addOverride('versioning.enabled', false);
    },
    found: [],
  },
];
