import { App, TerraformStack } from 'cdktf';
import { expect, test } from 'vitest';
import {
  allowPolicyException,
  FoundationStack,
  PrivateBucket,
  ROLES,
  ServiceStack,
} from '../../constructs/index.ts';
import { settingsWith } from './support/synthesize.ts';

const exception = {
  policy: 'bucket-versioning',
  reason: 'It holds nothing of value.',
  owner: 'team-orders',
  until: '2027-06-30',
};

/** What the review reads of each stack that `build` makes. */
function notes(build: (app: App) => void): Record<string, unknown> {
  const app = new App();
  build(app);
  const stacks = app.node.findAll().filter(TerraformStack.isStack);
  return Object.fromEntries(
    stacks.map((stack) => {
      return [stack.node.id, stack.toTerraform()['//']['cloud-run-identity']];
    }),
  );
}

test('an exception stands in its stack with the path of its construct, and in no other', () => {
  const { test: noted, other } = notes((app) => {
    const stack = new TerraformStack(app, 'test');
    new TerraformStack(app, 'other');
    const bucket = new PrivateBucket(stack, 'bucket', { name: 'my-bucket', location: 'us-central1' });
    allowPolicyException(bucket, exception);
    allowPolicyException(stack, { ...exception, until: '2027-01-31' });
  });
  expect(noted).toEqual({
    exceptions: [
      { ...exception, path: 'test/bucket' },
      { ...exception, path: 'test', until: '2027-01-31' },
    ],
    reasons: {},
  });
  expect(other).toBeUndefined();
});

test('an exception for the whole app is refused: each stack is reviewed by itself', () => {
  expect(() => allowPolicyException(new App(), exception)).toThrow(/stack/i);
});

test('the reason of every role that is granted stands in the stack that grants it', () => {
  const all = notes((app) => {
    const settings = settingsWith({ public: true, storageKeyName: 'at-rest' }, '/');
    new FoundationStack(app, 'foundation', settings);
    new ServiceStack(app, 'service', settings);
  });
  const reasons = (...roles: { name: string; reason: string }[]) => ({
    exceptions: [],
    reasons: Object.fromEntries(roles.map(({ name, reason }) => [name, reason])),
  });
  expect(all).toEqual({
    foundation: reasons(ROLES.keyEncrypterDecrypter),
    service: reasons(ROLES.keyDecrypter, ROLES.objectViewer, ROLES.invoker),
  });
});

test.each([
  [{ reason: '' }, 'has no reason'],
  [{ owner: ' ' }, 'has no owner'],
  [{ reason: '', owner: '' }, 'has no reason and has no owner'],
  [{ until: '2027-02-30' }, 'holds until 2027-02-30, which is no day'],
  [{ until: 'soon' }, 'holds until soon, which is no day'],
])('an exception with %o is refused where it is declared', (changes, message) => {
  const stack = new TerraformStack(new App(), 'test');
  expect(() => allowPolicyException(stack, { ...exception, ...changes })).toThrow(
    `The exception from the policy bucket-versioning for test ${message}`,
  );
});
