import { TerraformOutput } from 'cdktf';
import { expect, test } from 'vitest';
import { ServiceIdentity } from '../../constructs/service-identity.ts';
import { only, reference, synthesize } from './support/synthesize.ts';

test('a service identity is one service account, with no role on the project', () => {
  const { json } = synthesize((stack) => {
    new ServiceIdentity(stack, 'identity', { accountId: 'orders', displayName: 'Orders' });
  });
  expect(json.resource).toEqual({
    google_service_account: {
      identity: {
        account_id: 'orders',
        display_name: 'Orders',
        lifecycle: { create_before_destroy: true },
      },
    },
  });
});

test('its email and member are what Terraform learns from Google, so that users wait for the account', () => {
  const { json } = synthesize((stack) => {
    const identity = new ServiceIdentity(stack, 'identity', { accountId: 'orders', displayName: 'Orders' });
    new TerraformOutput(stack, 'email', { value: identity.email });
    new TerraformOutput(stack, 'member', { value: identity.member });
  });
  expect(only(json, 'google_service_account').account_id).toBe('orders');
  expect(json.output.email?.value).toBe(reference('google_service_account.identity.email'));
  expect(json.output.member?.value).toBe(
    `serviceAccount:${reference('google_service_account.identity.email')}`,
  );
});
