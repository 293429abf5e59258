import { isAbsolute, join } from 'node:path';
import { expect, test } from 'vitest';
import { foundationStack, serviceStack } from './support/stacks.ts';
import { only, reference, type TerraformJson } from './support/synthesize.ts';

function apisOf(json: TerraformJson): string[] {
  return Object.values(json.resource.google_project_service ?? {}).map(({ service }) => service);
}

test('state is a file of the project on this machine until a bucket is named; then each stack has its own place there', () => {
  const { path } = (serviceStack().backend as { local: { path: string } }).local;
  expect(isAbsolute(path)).toBe(true);
  expect(path.endsWith(join('state', 'my-project', 'terraform.cloud-run-identity.tfstate'))).toBe(true);
  expect(serviceStack({ stateBucket: 'my-state' }).backend).toEqual({
    gcs: { bucket: 'my-state', prefix: 'my-project/cloud-run-identity' },
  });
  expect(foundationStack({ stateBucket: 'my-state', statePrefix: 'a/my-project' }).backend).toEqual({
    gcs: { bucket: 'my-state', prefix: 'a/my-project/cloud-run-identity-foundation' },
  });
});

test('a folder for the state overrides the bucket, for a deployment that must leave the real state alone', () => {
  const { backend } = serviceStack({ stateBucket: 'my-state', stateDirectory: 'elsewhere' });
  const { path } = (backend as { local: { path: string } }).local;
  expect(isAbsolute(path)).toBe(true);
  expect(path.endsWith(join('elsewhere', 'my-project', 'terraform.cloud-run-identity.tfstate'))).toBe(true);
});

test('data access logs cover every kind of access to keys and objects', () => {
  expect(foundationStack().json.resource).not.toHaveProperty('google_project_iam_audit_config');
  const { json } = foundationStack({ dataAccessLogs: true });
  const configs = Object.values(json.resource.google_project_iam_audit_config ?? {});
  expect(configs.map(({ project, service }) => `${project} ${service}`)).toEqual([
    'my-project cloudkms.googleapis.com',
    'my-project storage.googleapis.com',
  ]);
  for (const { audit_log_config: logs } of configs) {
    expect(logs).toEqual([{ log_type: 'ADMIN_READ' }, { log_type: 'DATA_READ' }, { log_type: 'DATA_WRITE' }]);
  }
});

test('access to the bucket is logged into the bucket that the setting names', () => {
  expect(only(serviceStack().json, 'google_storage_bucket')).not.toHaveProperty('logging');
  const { json } = serviceStack({ accessLogBucket: 'my-logs' });
  expect(only(json, 'google_storage_bucket').logging).toEqual({
    log_bucket: 'my-logs',
    log_object_prefix: 'my-project-cloudrun-identity',
  });
});

test('a Binary Authorization policy is for the whole service, and its API is on', () => {
  const { json } = serviceStack({ binaryAuthorization: 'default' });
  expect(only(json, 'google_cloud_run_service').metadata.annotations).toEqual({
    'run.googleapis.com/ingress': 'all',
    'run.googleapis.com/binary-authorization': 'default',
  });
  expect(apisOf(foundationStack({ binaryAuthorization: 'default' }).json)).toContain(
    'binaryauthorization.googleapis.com',
  );
});

test.each([
  [{}, 'private-ranges-only'],
  [{ vpcEgress: 'all-traffic' }, 'all-traffic'],
])('traffic leaves through the subnetwork with %j: %s', (context, traffic) => {
  const { json } = serviceStack({ vpcSubnetwork: 'my-subnetwork', ...context });
  expect(only(json, 'google_cloud_run_service').template.metadata.annotations).toMatchObject({
    'run.googleapis.com/network-interfaces': '[{"subnetwork":"my-subnetwork"}]',
    'run.googleapis.com/vpc-access-egress': traffic,
  });
  expect(apisOf(foundationStack({ vpcSubnetwork: 'my-subnetwork' }).json)).toContain(
    'compute.googleapis.com',
  );
});

test('nothing optional is in a service that has not asked for it', () => {
  const run = only(serviceStack().json, 'google_cloud_run_service');
  expect(JSON.stringify(run)).not.toMatch(/vpc|network|binary/);
  expect(apisOf(foundationStack().json)).toHaveLength(5);
});

const channel = 'projects/my-project/notificationChannels/7';

test('an alert and a metric watch the key for everyone but the service', () => {
  const context = { dataAccessLogs: true, decryptAlertChannel: channel };
  const { json } = serviceStack(context);
  const keyId = json.output.kms_key_id?.value;
  const metric = only(json, 'google_logging_metric');
  expect(metric.filter).toBe(
    [
      'protoPayload.serviceName="cloudkms.googleapis.com"',
      'protoPayload.methodName:"Decrypt"',
      `(protoPayload.resourceName="${keyId}" OR protoPayload.resourceName:"${keyId}/cryptoKeyVersions/")`,
      `NOT protoPayload.authenticationInfo.principalEmail="${reference('google_service_account.identity.email')}"`,
    ].join(' AND '),
  );
  const alert = only(json, 'google_monitoring_alert_policy');
  const [condition] = alert.conditions;
  expect(condition.condition_matched_log).toEqual({
    filter: metric.filter,
    label_extractors: metric.label_extractors,
  });
  expect(alert.alert_strategy).toEqual({ notification_rate_limit: { period: '300s' } });
  expect(alert.notification_channels).toEqual([channel]);
  const apis = apisOf(foundationStack(context).json);
  expect(apis).toEqual(expect.arrayContaining(['logging.googleapis.com', 'monitoring.googleapis.com']));
});

test('every service has an alert of its own', () => {
  const services = [{ name: 'orders' }, { name: 'invoices' }];
  const { json } = serviceStack({ services, dataAccessLogs: true, decryptAlertChannel: channel });
  const metrics = Object.values(json.resource.google_logging_metric ?? {});
  expect(metrics.map(({ name }) => name).sort()).toEqual([
    'invoices-decrypted-by-others',
    'orders-decrypted-by-others',
  ]);
});
