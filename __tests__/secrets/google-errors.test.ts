import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  FailedRequestError,
  IntegrityError,
  NotFoundError,
  PermissionDeniedError,
  SecretError,
  TransferError,
  UnauthenticatedError,
  UnavailableError,
} from '../../secrets/errors.ts';
import type { GoogleCall } from '../../secrets/fixes.ts';
import { callGoogle } from '../../secrets/google-errors.ts';
import { quoteWords } from '../../secrets/quote.ts';
import { readRefusal } from '../../secrets/refusals.ts';

const key = 'projects/sample-project/locations/global/keyRings/cloudrun-secrets/cryptoKeys/cloudrun-identity';
const decrypting: GoogleCall = { permission: 'cloudkms.cryptoKeyVersions.useToDecrypt', key };
const encrypting: GoogleCall = { permission: 'cloudkms.cryptoKeyVersions.useToEncrypt', key };
const reading: GoogleCall = {
  permission: 'storage.objects.get',
  bucket: 'sample-bucket',
  object: 'config.enc',
};
const email = 'svc@sample-project.iam.gserviceaccount.com';

async function translated(
  call: GoogleCall,
  message: string,
  fields: object = {},
  callerEmail: () => Promise<string | undefined> = async () => email,
): Promise<SecretError> {
  const thrown = Object.assign(new Error(message), fields);
  const failure = await callGoogle(call, callerEmail, () => Promise.reject(thrown)).catch((error) => error);
  expect(failure).toBeInstanceOf(SecretError);
  expect(failure.cause).not.toBe(thrown);
  return failure;
}

/** Refusals as Google's documents and clients' issues quote them. */
const refusals: readonly [string, GoogleCall, number, string | undefined, string, string, string][] = [
  [
    'no quota project',
    decrypting,
    403,
    'SERVICE_DISABLED',
    'Your application is authenticating by using local Application Default Credentials. The cloudkms.googleapis.com API requires a quota project, which is not set by default.',
    'FailedRequestError',
    'gcloud auth application-default set-quota-project sample-project',
  ],
  [
    'billing',
    decrypting,
    403,
    'BILLING_DISABLED',
    'This API method requires billing to be enabled. Please enable billing on project #123',
    'FailedRequestError',
    'gcloud billing projects link sample-project --billing-account=ACCOUNT',
  ],
  [
    'billing, by the XML API',
    reading,
    403,
    'AccountProblem',
    'The billing account for the owning project is disabled in state delinquent',
    'FailedRequestError',
    'gcloud billing projects link',
  ],
  [
    'a service perimeter',
    decrypting,
    403,
    'SECURITY_POLICY_VIOLATED',
    "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: abc.",
    'FailedRequestError',
    'gcloud access-context-manager perimeters list',
  ],
  [
    'a service perimeter, by the XML API',
    reading,
    403,
    'AccessDenied',
    "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: abc",
    'FailedRequestError',
    'gcloud access-context-manager perimeters list',
  ],
  [
    'an organization policy',
    { ...reading, permission: 'storage.objects.create' },
    412,
    'orgPolicyConstraintFailed',
    "Constraint 'constraints/storage.x' violated for 'bkt'.",
    'FailedRequestError',
    'gcloud org-policies describe storage.x',
  ],
  [
    'requester pays',
    reading,
    400,
    'UserProjectMissing',
    'Bucket is a requester pays bucket but no user project provided.',
    'FailedRequestError',
    'GOOGLE_CLOUD_QUOTA_PROJECT',
  ],
  [
    'a project that may not be charged',
    decrypting,
    403,
    'USER_PROJECT_DENIED',
    'Caller does not have required permission to use project p. Grant the caller the roles/serviceusage.serviceUsageConsumer role',
    'FailedRequestError',
    '--role=roles/serviceusage.serviceUsageConsumer',
  ],
  [
    'a retention policy',
    { ...reading, permission: 'storage.objects.create' },
    403,
    'retentionPolicyNotMet',
    "Object 'bkt/config.enc' is subject to bucket's retention policy and cannot be deleted or overwritten until 2027-01-01",
    'FailedRequestError',
    'gcloud storage buckets describe gs://sample-bucket',
  ],
  [
    "the bucket's own key",
    reading,
    400,
    'CloudKmsDisabledKey',
    'Cloud KMS key is disabled, destroyed, or scheduled to be destroyed.',
    'FailedRequestError',
    'gcloud storage buckets describe gs://sample-bucket',
  ],
  [
    'a disabled version',
    decrypting,
    9,
    undefined,
    `${key}/cryptoKeyVersions/3 is not enabled, current state is: DISABLED.`,
    'FailedRequestError',
    'gcloud kms keys versions enable 3 --key=cloudrun-identity --keyring=cloudrun-secrets --location=global --project=sample-project',
  ],
  [
    'a version that is to be destroyed',
    decrypting,
    9,
    undefined,
    `${key}/cryptoKeyVersions/3 is not enabled, current state is: DESTROY_SCHEDULED.`,
    'FailedRequestError',
    'gcloud kms keys versions restore 3 --key=cloudrun-identity',
  ],
  [
    'a quota',
    decrypting,
    8,
    'RATE_LIMIT_EXCEEDED',
    'Quota exceeded for quota metric',
    'UnavailableError',
    'minute',
  ],
  [
    'a precondition',
    { ...reading, permission: 'storage.objects.create' },
    412,
    'conditionNotMet',
    'At least one of the pre-conditions you specified did not hold.',
    'ConflictError',
    'npx cloud-run-identity history --bucket sample-bucket --object config.enc',
  ],
  [
    'what nobody knows',
    decrypting,
    403,
    'NEW_REASON',
    'The moon is full.',
    'PermissionDeniedError',
    "Google's words",
  ],
];

describe('a refusal', () => {
  it.each(refusals)(
    '%s: is said in Google’s words, with one remedy',
    async (_name, call, code, reason, words, name, fix) => {
      const failure = await translated(call, words, { code, ...(reason && { reason }) });
      expect(failure.name).toBe(name);
      expect(failure.fix).toContain(fix);
      expect(`${failure.message} ${(failure.cause as Error).message}`).toContain(words);
      const isGrant = /add-iam-policy-binding/.test(failure.fix);
      expect(isGrant).toBe(fix.includes('serviceUsageConsumer'));
    },
  );

  it.each(refusals.filter(([name]) => !['a quota', 'what nobody knows'].includes(name)))(
    '%s: is read of a text that somebody got, too',
    async (_name, call, code, reason, words, name, fix) => {
      const target = { bucket: 'sample-bucket', object: 'config.enc', key };
      const texts = [words, (await translated(call, words, { code, ...(reason && { reason }) })).message];
      for (const text of texts) {
        const read = readRefusal(`2026-11-27 svc ${text}`, target);
        expect(read?.name, text).toBe(name);
        expect(read?.fix).toContain(fix.split(' --project')[0]);
      }
    },
  );

  it('that is about a missing permission is read with who, what and where', () => {
    const target = { bucket: 'sample-bucket', object: 'config.enc', key };
    const lacks = `serviceAccount:${email} lacks cloudkms.cryptoKeyVersions.useToDecrypt on ${key} (or it does not exist).`;
    expect(readRefusal(lacks, target)?.fix).toBe(
      `gcloud kms keys add-iam-policy-binding cloudrun-identity --keyring=cloudrun-secrets --location=global --project=sample-project --member=serviceAccount:${email} --role=roles/cloudkms.cryptoKeyDecrypter`,
    );
    const denied = `${email} does not have storage.objects.get access to the Google Cloud Storage object.`;
    expect(readRefusal(denied, target)?.fix).toContain(`--member=serviceAccount:${email}`);
    const off = 'run.googleapis.com: SERVICE_DISABLED';
    expect(readRefusal(off, target)?.fix).toBe(
      'gcloud services enable run.googleapis.com --project=sample-project',
    );
    expect(readRefusal('permission is required for everything', target)).toBeUndefined();
  });

  it('is read of the list of reasons of the JSON API, too', async () => {
    const fields = { code: 412, errors: [{ reason: 'orgPolicyConstraintFailed' }] };
    expect(await translated(reading, 'Forbidden by policy.', fields)).toBeInstanceOf(FailedRequestError);
  });

  it('that nobody knows is told as it is, and no grant is advised', async () => {
    const failure = await translated(reading, 'The moon is full.', { code: 403 });
    expect(failure.message).toContain(
      'was refused to serviceAccount:svc@sample-project.iam.gserviceaccount.com: The moon is full.',
    );
  });

  it('has a remedy that a shell takes apart as it was meant, whatever the object is named', async () => {
    const object = `team a/o'brien, "prod" $HOME.enc`;
    const denied = `${email} does not have storage.objects.get access to the Google Cloud Storage object.`;
    const { fix } = await translated({ ...reading, object }, denied, { code: 403 });
    const { stdout } = await promisify(execFile)('sh', ['-c', `printf '%s\\n' ${fix}`]);
    expect(stdout.split('\n')).toContain(
      `--condition=^:^title=one-object:expression=resource.name == ${JSON.stringify(`projects/_/buckets/sample-bucket/objects/${object}`)}`,
    );
    expect(quoteWords(["o'brien $x"], 'win32')).toBe("'o''brien $x'");
  });
});

describe('callGoogle', () => {
  it('passes on what the call gives', async () => {
    expect(
      await callGoogle(
        reading,
        async () => email,
        async () => 'bytes',
      ),
    ).toBe('bytes');
  });

  it.each([
    ['403 of KMS', decrypting, { code: 7 }, PermissionDeniedError],
    ['404 of KMS', decrypting, { code: 5 }, NotFoundError],
    ['400 of KMS', decrypting, { code: 3 }, FailedRequestError],
    ['a disabled version', decrypting, { code: 9 }, FailedRequestError],
    ['401 of KMS', decrypting, { code: 16 }, UnauthenticatedError],
    ['429 of KMS', decrypting, { code: 8 }, UnavailableError],
    ['500 of KMS', decrypting, { code: 13 }, UnavailableError],
    ['503 of KMS', decrypting, { code: 14 }, UnavailableError],
    ['403 of Storage', reading, { code: 403 }, PermissionDeniedError],
    ['404 of Storage', reading, { code: 404 }, NotFoundError],
    ['401 of Storage', reading, { code: 401 }, UnauthenticatedError],
    ['429 of Storage', reading, { code: 429 }, UnavailableError],
    ['503 of Storage', reading, { code: 503 }, UnavailableError],
    ['a refused connection', reading, { code: 'ECONNREFUSED' }, UnavailableError],
    ['a name that does not resolve', decrypting, { code: 'ENOTFOUND' }, UnavailableError],
    ['a timeout', reading, { name: 'AbortError' }, UnavailableError],
    ['anything else', reading, {}, FailedRequestError],
  ])('translates %s', async (_name, call, fields, type) => {
    expect(await translated(call, 'As Google words it.', fields)).toBeInstanceOf(type);
  });

  it('tells an object that is not there from one that may not be read', async () => {
    const message =
      `${email} does not have storage.objects.list access to the Google Cloud Storage bucket. ` +
      "Permission 'storage.objects.list' denied on resource (or it may not exist).";
    const failure = await translated(reading, message, { code: 403 });
    expect(failure).toBeInstanceOf(NotFoundError);
    expect(failure.message).toContain('gs://sample-bucket/config.enc does not exist');
  });

  it('takes the principal from the message of Storage when nobody else knows it', async () => {
    const message =
      'ann@example.com does not have storage.objects.get access to the Google Cloud Storage object. ' +
      "Permission 'storage.objects.get' denied on resource (or it may not exist).";
    const failure = await translated(reading, message, { code: 403 }, async () => undefined);
    expect(failure).toMatchObject({ principal: 'user:ann@example.com' });
    expect(failure.fix).toContain('--member=user:ann@example.com');
  });

  it('does not fail when asking who calls fails', async () => {
    const failure = await translated(decrypting, 'denied', { code: 7 }, () =>
      Promise.reject(new Error('none')),
    );
    expect(failure).toMatchObject({ principal: 'unknown principal', permission: decrypting.permission });
  });

  it('takes the deadline of a call for an API that did not answer', async () => {
    const timeout = new DOMException('no answer within 10000 ms', 'TimeoutError');
    const failing = callGoogle(
      reading,
      async () => email,
      () => Promise.reject(timeout),
    );
    await expect(failing).rejects.toThrow(UnavailableError);
  });

  it('names the role that is missing', async () => {
    const denied = { code: 7 };
    expect((await translated(decrypting, '', denied)).fix).toContain('roles/cloudkms.cryptoKeyDecrypter');
    expect((await translated(encrypting, '', denied)).fix).toContain('roles/cloudkms.cryptoKeyEncrypter');
    expect((await translated(reading, '', { code: 403 })).fix).toContain(
      'resource.name == "projects/_/buckets/sample-bucket/objects/config.enc"',
    );
  });

  it('says how to enable an API that is off', async () => {
    const failure = await translated(decrypting, 'Cloud KMS API has not been used.', {
      code: 7,
      reason: 'SERVICE_DISABLED',
    });
    expect(failure).toBeInstanceOf(FailedRequestError);
    expect(failure.fix).toBe('gcloud services enable cloudkms.googleapis.com --project=sample-project');
  });

  it('tells a wrong ciphertext from one that was damaged on the way', async () => {
    const wrong = "Decryption failed: verify that 'name' refers to the correct CryptoKey.";
    const damaged = 'The checksum in field ciphertext_crc32c did not match the data in field ciphertext.';
    expect(await translated(decrypting, wrong, { code: 3 })).toBeInstanceOf(IntegrityError);
    expect(await translated(decrypting, damaged, { code: 3 })).toBeInstanceOf(TransferError);
  });

  it('reads the JSON that a failed download has for a message', async () => {
    const body = JSON.stringify({ error: { code: 404, message: 'The specified bucket does not exist.' } });
    const failure = await translated(reading, body, { code: 404 });
    expect(failure.message).toContain('The bucket of gs://sample-bucket/config.enc does not exist');
  });

  it('points a person without credentials to gcloud', async () => {
    const failure = await translated(
      encrypting,
      'Could not load the default credentials. Browse to https://…',
    );
    expect(failure).toBeInstanceOf(UnauthenticatedError);
    expect(failure.fix).toContain('gcloud auth application-default login');
  });

  it('never repeats a request: neither what an error of a client holds nor what it quotes', async () => {
    const canary = 'Y2FuYXJ5';
    const failure = await translated(encrypting, `Cannot build HTTP request for {"plaintext":"${canary}"}`, {
      config: { data: canary, headers: { authorization: `Bearer ${canary}` } },
    });
    expect(JSON.stringify([failure, failure.message, failure.stack, String(failure.cause)])).not.toContain(
      canary,
    );
  });

  it('ends each message with its fix, on one line', async () => {
    for (const call of [reading, decrypting]) {
      for (const code of [7, 5, 9, 16, 14, 403, 404, 401, 503]) {
        const { message, fix } = await translated(call, 'As Google words it.', { code });
        expect(message.endsWith(`Fix: ${fix}`)).toBe(true);
        expect(fix).not.toContain('\n');
      }
    }
  });
});
