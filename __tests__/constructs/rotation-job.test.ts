import { expect, test } from 'vitest';
import { EncryptionKey } from '../../constructs/encryption-key.ts';
import { ExistingBucket } from '../../constructs/existing-bucket.ts';
import { RotationJob } from '../../constructs/rotation-job.ts';
import { ServiceIdentity } from '../../constructs/service-identity.ts';
import { runCommand } from '../cli/support/run.ts';
import { only, synthesize } from './support/synthesize.ts';

const keyId = 'projects/my-project/locations/global/keyRings/ring/cryptoKeys/key';

const { json } = synthesize((stack) => {
  new RotationJob(stack, 'rotation', {
    name: 'rotate-db-pass',
    projectId: 'my-project',
    location: 'us-central1',
    image: 'us-docker.pkg.dev/my-project/images/rotate:1',
    rotator: './rotate-postgres.ts',
    secretKey: 'DB_PASS',
    schedule: '0 3 1 * *',
    waitSeconds: 1900,
    identity: new ServiceIdentity(stack, 'identity', { accountId: 'rotator', displayName: 'Rotator' }),
    bucket: new ExistingBucket(stack, 'bucket', { name: 'my-secrets' }),
    objectName: 'config.enc',
    key: new EncryptionKey(stack, 'key', { keyId }),
  });
});

test('its identity may use one key, write two objects and start this job, and nothing else', () => {
  expect(only(json, 'google_kms_crypto_key_iam_member')).toMatchObject({
    crypto_key_id: keyId,
    role: 'roles/cloudkms.cryptoKeyEncrypterDecrypter',
  });
  const object = 'projects/_/buckets/my-secrets/objects/config.enc';
  expect(only(json, 'google_storage_bucket_iam_member')).toMatchObject({
    bucket: 'my-secrets',
    role: 'roles/storage.objectUser',
    condition: { expression: `resource.name == "${object}" || resource.name == "${object}.rotation"` },
  });
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
