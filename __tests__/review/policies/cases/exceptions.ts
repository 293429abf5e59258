import { allowPolicyException } from '../../../../constructs/index.ts';
import { resourceOf, type Sample } from '../sample.ts';
import type { PolicyCase } from './policy-case.ts';

const allow =
  (policy: string) =>
  ({ bucket }: Sample) =>
    allowPolicyException(bucket, {
      policy,
      reason: 'It holds nothing of value.',
      owner: 'team-orders',
      until: '2999-12-31',
    });

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
  {
    policy: 'exception-current',
    title: 'an exception that is over',
    change: allow('bucket-versioning'),
    options: { now: new Date('3000-01-02T00:00:00Z') },
    found: ['the exception of team-orders from bucket-versioning ended on 2999-12-31'],
  },
  {
    policy: 'exception-current',
    title: 'an exception that still holds',
    change: allow('bucket-versioning'),
    found: [],
  },
];
