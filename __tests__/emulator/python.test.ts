import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonEnvironment } from '../support/python.ts';
import { REQUIREMENTS, runPython } from './python/environment.ts';
import { type GoogleapisProxy, startGoogleapisProxy } from './python/googleapis-proxy.ts';
import { call, grant, localCloud } from './support.ts';

const environment = await pythonEnvironment(REQUIREMENTS);
const [python, skipped] =
  'python' in environment ? [environment.python, ''] : ['', `, skipped: ${environment.missing}`];

const BUCKET = 'demo-project-cloudrun-identity';
const RING = 'projects/demo-project/locations/global/keyRings/cloudrun-secrets';
const KEY = `${RING}/cryptoKeys/cloudrun-identity`;
const SECRET = { DB_HOST: 'db.example.com', DB_PORT: '3306', DB_USER: 'Roberts', DB_PASS: 'Not-A-Secret' };

describe.skipIf(skipped !== '')(`Google's libraries for Python${skipped}`, { timeout: 120_000 }, () => {
  const context = localCloud();

  it('google-cloud-storage: buckets, uploads, preconditions, lists, policies, copies', async () => {
    const { cloud } = context;
    const result = await runPython(python, 'storage_suite.py', [], {
      STORAGE_EMULATOR_HOST: await cloud.endpointFor(cloud.owner),
      READER_HOST: await cloud.endpointFor('user:reader@example.com'),
    });
    expect(result, result.stderr).toMatchObject({ code: 0, stderr: expect.stringContaining('Ran 9 tests') });
  });

  it('google-cloud-kms over REST: rings, keys, checksums, rotation, policies', async () => {
    const { cloud } = context;
    const decrypter = 'user:decrypter@example.com';
    const result = await runPython(python, 'kms_suite.py', [], {
      LOCAL_CLOUD_HOST: new URL(cloud.url).host,
      OWNER_TOKEN: cloud.tokenFor(cloud.owner),
      DECRYPTER: decrypter,
      DECRYPTER_TOKEN: cloud.tokenFor(decrypter),
    });
    expect(result, result.stderr).toMatchObject({ code: 0, stderr: expect.stringContaining('Ran 4 tests') });
  });
});

describe.skipIf(skipped !== '')(`the article's own sample${skipped}`, { timeout: 120_000 }, () => {
  const context = localCloud();
  const folder = mkdtempSync(path.join(tmpdir(), 'article-'));
  const certificateFile = path.join(folder, 'certificate.pem');
  let proxy: GoogleapisProxy;

  beforeAll(async () => {
    const keyFile = path.join(folder, 'key.pem');
    const made = await runPython(python, 'make_certificate.py', [keyFile, certificateFile], {});
    expect(made).toMatchObject({ code: 0 });
    const [key, cert] = [keyFile, certificateFile].map((file) => readFileSync(file, 'utf8')) as [
      string,
      string,
    ];
    proxy = await startGoogleapisProxy(context.cloud.url, { key, cert });
    await createSecret();
  });
  afterAll(() => {
    proxy?.close();
    rmSync(folder, { recursive: true });
  });

  async function createSecret() {
    const { cloud } = context;
    const owned = (method: string, url: string, body?: unknown) => call(cloud, method, url, { body });
    const [parent, ringId] = RING.split('/keyRings/');
    await owned('POST', `/kms/v1/${parent}/keyRings?keyRingId=${ringId}`);
    await owned('POST', `/kms/v1/${RING}/cryptoKeys?cryptoKeyId=cloudrun-identity`, {
      purpose: 'ENCRYPT_DECRYPT',
    });
    const plaintext = Buffer.from(JSON.stringify(SECRET)).toString('base64');
    const { body } = await owned('POST', `/kms/v1/${KEY}:encrypt`, { plaintext });
    await owned('POST', '/storage/v1/b?project=demo-project', {
      name: BUCKET,
      iamConfiguration: { uniformBucketLevelAccess: { enabled: true } },
    });
    const url = `${cloud.url}/upload/storage/v1/b/${BUCKET}/o?uploadType=media&name=config.enc`;
    const authorization = `Bearer ${cloud.tokenFor(cloud.owner)}`;
    await fetch(url, {
      method: 'POST',
      headers: { authorization },
      body: Buffer.from(body.ciphertext, 'base64'),
    });
  }

  /** A service account of its own for each case, with nothing granted yet. */
  async function newIdentity(accountId: string) {
    const url = '/iam/v1/projects/demo-project/serviceAccounts';
    const { body } = await call(context.cloud, 'POST', url, { body: { accountId } });
    return { email: body.email as string, member: `serviceAccount:${body.email}` };
  }

  async function grantOnBucket(role: string, member: string, condition?: object) {
    const { body: policy } = await call(
      context.cloud,
      'GET',
      `/storage/v1/b/${BUCKET}/iam?optionsRequestedPolicyVersion=3`,
    );
    const bindings = [...policy.bindings, { role, members: [member], ...(condition && { condition }) }];
    const { status } = await call(context.cloud, 'PUT', `/storage/v1/b/${BUCKET}/iam`, {
      body: { ...policy, version: 3, bindings },
    });
    expect(status).toBe(200);
  }

  /** The sample in the environment of a Cloud Run instance; proxy and certificates are all it has of the local cloud. */
  const runSample = async (email: string) => {
    const metadataHost = await context.cloud.metadataServerFor(email);
    return runPython(python, 'article_sample.py', [], {
      BUCKET_NAME: BUCKET,
      KMS_KEY_ID: KEY,
      GCE_METADATA_HOST: metadataHost,
      // Where Python's library asks whether there is a metadata server; the other languages' ask the host.
      GCE_METADATA_IP: metadataHost,
      HTTPS_PROXY: proxy.url,
      REQUESTS_CA_BUNDLE: certificateFile,
      HTTPLIB2_CA_CERTS: certificateFile,
      // Without a home there are no credentials of gcloud to be found.
      CLOUDSDK_CONFIG: folder,
    });
  };

  it("works with the article's grants", async () => {
    const { email, member } = await newIdentity('as-in-the-article');
    await grantOnBucket('roles/storage.legacyBucketReader', member);
    await grantOnBucket('roles/storage.legacyObjectReader', member);
    await grant(context.cloud, `/kms/v1/${KEY}`, 'roles/cloudkms.cryptoKeyDecrypter', member);
    const { code, stdout, stderr } = await runSample(email);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual(SECRET);
  });

  it('is refused with ours, which are narrower: it asks for the bucket itself', async () => {
    const { email, member } = await newIdentity('as-in-our-stack');
    const expression = `resource.name == "projects/_/buckets/${BUCKET}/objects/config.enc"`;
    await grantOnBucket('roles/storage.objectViewer', member, { title: 'config.enc only', expression });
    await grant(context.cloud, `/kms/v1/${KEY}`, 'roles/cloudkms.cryptoKeyDecrypter', member);
    const { code, stderr } = await runSample(email);
    expect(code).toBe(1);
    expect(stderr).toContain('client.get_bucket(BUCKET_NAME)');
    expect(stderr).toMatch(
      /Forbidden: 403 GET .*storage\.buckets\.get access to the Google Cloud Storage bucket/,
    );
  });

  it('gets as far as Cloud KMS without the grant on the key', async () => {
    const { email, member } = await newIdentity('without-the-key');
    await grantOnBucket('roles/storage.legacyBucketReader', member);
    await grantOnBucket('roles/storage.legacyObjectReader', member);
    const { code, stderr } = await runSample(email);
    expect(code).toBe(1);
    expect(stderr).toContain("Permission 'cloudkms.cryptoKeyVersions.useToDecrypt' denied on resource");
  });
});
