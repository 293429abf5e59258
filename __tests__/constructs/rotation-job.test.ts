import { expect, test } from 'vitest';
import { EncryptionKey } from '../../constructs/encryption-key.ts';
import { ExistingBucket } from '../../constructs/existing-bucket.ts';
import { allowPolicyException, OverdueAlert } from '../../constructs/index.ts';
import { RotationJob, type RotationJobProps } from '../../constructs/rotation-job.ts';
import { ServiceIdentity } from '../../constructs/service-identity.ts';
import { runCommand } from '../cli/support/run.ts';
import { KEY, resultsOf } from '../review/policies/sample.ts';
import { NEXT_PROVIDER_VERSION, PROVIDER_VERSION, providerSchemas } from './support/provider-schema.ts';
import { only, synthesize } from './support/synthesize.ts';
import { validateStack } from './support/validate-stack.ts';

const keyId = 'projects/my-project/locations/global/keyRings/ring/cryptoKeys/key';

const props = {
  name: 'rotate-db-pass',
  projectId: 'my-project',
  location: 'us-central1',
  image: `us-docker.pkg.dev/my-project/images/rotate@sha256:${'0'.repeat(64)}`,
  rotator: './rotate-postgres.ts',
  secretKey: 'DB_PASS',
  schedule: '0 3 1 * *',
  waitSeconds: 1900,
  objectName: 'config.enc',
} satisfies Partial<RotationJobProps>;

const { json } = synthesize((stack) => {
  new RotationJob(stack, 'rotation', {
    ...props,
    identity: new ServiceIdentity(stack, 'identity', { accountId: 'rotator', displayName: 'Rotator' }),
    bucket: new ExistingBucket(stack, 'bucket', { name: 'my-secrets' }),
    key: new EncryptionKey(stack, 'key', { keyId }),
    environment: { PGHOST: '10.0.0.2' },
  });
  new OverdueAlert(stack, 'overdue', {
    serviceName: 'orders',
    notificationChannel: 'projects/my-project/notificationChannels/1',
  });
});

test.each([PROVIDER_VERSION, NEXT_PROVIDER_VERSION])('it is what the provider %s takes', (version) => {
  expect(validateStack(json, providerSchemas(version))).toEqual([]);
});

test('the review says that its account decrypts and why, and one exception is enough', () => {
  const review = (isAllowed: boolean) =>
    resultsOf(({ stack, bucket }) => {
      const rotation = new RotationJob(stack, 'rotation', {
        ...props,
        identity: new ServiceIdentity(stack, 'rotator', { accountId: 'rotator', displayName: 'Rotator' }),
        bucket,
        key: new EncryptionKey(stack, 'rotated', { keyId: KEY }),
      });
      if (!isAllowed) return;
      allowPolicyException(rotation, {
        policy: 'key-separation-of-duties',
        reason: 'It rotates DB_PASS every month.',
        owner: 'team-orders',
        until: '2999-12-31',
      });
    }).filter(({ severity, exception }) => severity === 'error' && !exception);
  expect(review(false)).toMatchObject([
    {
      id: 'key-separation-of-duties',
      path: 'test/rotation/uses-key',
      found: expect.stringMatching(
        /^serviceAccount:rotator@my-project\.iam\.gserviceaccount\.com may decrypt .*: A job that rotates a credential .* docs\/rotation\.md shows it$/,
      ),
    },
  ]);
  expect(review(true)).toEqual([]);
});

test('its identity may use one key, write two objects and start this job, and nothing else', () => {
  expect(only(json, 'google_kms_crypto_key_iam_member')).toMatchObject({
    crypto_key_id: keyId,
    role: 'roles/cloudkms.cryptoKeyEncrypterDecrypter',
  });
  const object = 'projects/_/buckets/my-secrets/objects/config.enc';
  const writes = (name: string) => ({
    bucket: 'my-secrets',
    role: 'roles/storage.objectUser',
    condition: { expression: `resource.name == "${name}"` },
  });
  expect(Object.values(json.resource.google_storage_bucket_iam_member ?? {})).toMatchObject([
    writes(object),
    writes(`${object}.rotation`),
  ]);
  expect(only(json, 'google_cloud_run_v2_job_iam_member')).toMatchObject({ role: 'roles/run.invoker' });
  const grants = Object.keys(json.resource ?? {}).filter((type) => type.includes('iam'));
  expect(grants).toHaveLength(3);
});

test('its schedule starts it, and it runs a command that the program has', async () => {
  expect(only(json, 'google_cloud_scheduler_job')).toMatchObject({
    schedule: '0 3 1 * *',
    http_target: {
      uri: 'https://run.googleapis.com/v2/projects/my-project/locations/us-central1/jobs/rotate-db-pass:run',
    },
  });
  const { template } = only(json, 'google_cloud_run_v2_job') as unknown as {
    template: { template: { timeout: string; containers: { args: string[] }[] } };
  };
  const { timeout, containers } = template.template;
  expect(timeout).toBe('2500s');
  const { code, stderr } = await runCommand(containers[0]?.args ?? [], { cwd: '/', environment: {} });
  // Not wrong usage: it asks for the rotator, which is in the image.
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringContaining('rotate-postgres.ts cannot be loaded'),
  });
});
