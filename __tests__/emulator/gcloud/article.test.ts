import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { localCloud } from '../support.ts';
import { isInstalled, run, sdkEnvironment } from './sdk.ts';

/** Steps 1 to 7, as the article's scripts write them for Linux. Its typing errors are mended: `neta` and cut-off lines. */
const SETUP = `
gcloud config set run/region us-central1
gcloud services enable run.googleapis.com cloudkms.googleapis.com cloudbuild.googleapis.com

gcloud iam service-accounts create $GCP_SA_NAME

gcloud kms keyrings create $GCP_KMS_KEYRING --location global
gcloud kms keys create $GCP_KMS_KEYNAME --location global --keyring $GCP_KMS_KEYRING --purpose encryption
gcloud kms keys add-iam-policy-binding $GCP_KMS_KEYNAME --location global --keyring $GCP_KMS_KEYRING \\
  --member serviceAccount:$GCP_SA --role $GCP_KMS_ROLE
gcloud kms encrypt --location=global --keyring $GCP_KMS_KEYRING --key $GCP_KMS_KEYNAME \\
  --plaintext-file=config.json --ciphertext-file=config.enc

gsutil mb -p $GCP_PROJECT_ID gs://$GCS_BUCKET_NAME
gsutil defacl set private gs://$GCS_BUCKET_NAME
gsutil versioning set on gs://$GCS_BUCKET_NAME
gsutil -h "Content-Type: application/json" cp config.enc gs://$GCS_BUCKET_NAME/config.enc
gsutil acl set private gs://$GCS_BUCKET_NAME/config.enc
gsutil iam ch serviceAccount:$GCP_SA:$GCS_BUCKET_ROLE gs://$GCS_BUCKET_NAME/
gsutil iam ch serviceAccount:$GCP_SA:$GCS_OBJECT_ROLE gs://$GCS_BUCKET_NAME/config.enc

gcloud builds submit --tag gcr.io/$GCP_PROJECT_ID/$GCP_IMAGE_NAME

gcloud beta run deploy $GCP_SERVICE_NAME --region $GCP_REGION --image gcr.io/$GCP_PROJECT_ID/$GCP_IMAGE_NAME \\
  --allow-unauthenticated --service-account $GCP_SA \\
  --set-env-vars BUCKET_NAME=$GCS_BUCKET_NAME,OBJECT_NAME=config.enc,KMS_KEY_ID=$GCP_KMS_KEY_ID
`;

/** Step 9: image, key ring and key stay. */
const CLEANUP = `
gsutil rm -r gs://$GCS_BUCKET_NAME
gcloud kms keys remove-iam-policy-binding $GCP_KMS_KEYNAME --location global --keyring $GCP_KMS_KEYRING \\
  --member serviceAccount:$GCP_SA --role $GCP_KMS_ROLE
gcloud run services delete $GCP_SERVICE_NAME --region $GCP_REGION
gcloud iam service-accounts delete $GCP_SA
`;

const PROJECT = 'development-123456';
const ACCOUNT = `cloud-run-identity@${PROJECT}.iam.gserviceaccount.com`;
const VARIABLES = {
  GCP_PROJECT_ID: PROJECT,
  GCP_REGION: 'us-central1',
  GCP_SERVICE_NAME: 'cloudrun-identity',
  GCP_IMAGE_NAME: 'cloudrun-identity',
  GCP_SA_NAME: 'cloud-run-identity',
  GCP_SA: ACCOUNT,
  GCS_BUCKET_NAME: `${PROJECT}-cloudrun-identity`,
  GCS_BUCKET_ROLE: 'legacyBucketReader',
  GCS_OBJECT_ROLE: 'legacyObjectReader',
  GCP_KMS_KEYRING: 'cloudrun-secrets',
  GCP_KMS_KEYNAME: 'cloudrun-identity',
  GCP_KMS_ROLE: 'roles/cloudkms.cryptoKeyDecrypter',
  GCP_KMS_KEY_ID: `projects/${PROJECT}/locations/global/keyRings/cloudrun-secrets/cryptoKeys/cloudrun-identity`,
};

const CONFIG = { DB_HOST: '127.0.0.1', DB_PORT: '3306', DB_USER: 'Roberts', DB_PASS: 'Not-A-Secret' };

const missing: string[] = [];
for (const program of ['bash', 'gcloud', 'gsutil']) if (!(await isInstalled(program))) missing.push(program);

describe.skipIf(missing.length > 0)(
  `the article's scripts${missing.length > 0 ? `, skipped: there is no ${missing.join(', no ')} on the PATH` : ''}`,
  { timeout: 400_000 },
  () => {
    const context = localCloud({
      projectId: PROJECT,
      images: {
        [`gcr.io/${PROJECT}/cloudrun-identity`]: {
          command: [process.execPath, path.resolve('service/server.ts')],
        },
      },
    });
    const folder = mkdtempSync(path.join(tmpdir(), 'article-'));
    const home = mkdtempSync(path.join(tmpdir(), 'article-home-'));
    afterAll(() => {
      for (const made of [folder, home]) rmSync(made, { recursive: true });
    });

    it('run as they are: the service has the secret by its identity alone, and all is cleaned up', async () => {
      const { cloud } = context;
      const env = { ...(await sdkEnvironment(cloud, home)), ...VARIABLES };
      const script = (text: string) => run('bash', ['-ec', text], { cwd: folder, env });
      writeFileSync(path.join(folder, 'config.json'), JSON.stringify(CONFIG));
      writeFileSync(path.join(folder, 'Dockerfile'), 'FROM scratch\n');

      const { stderr } = await script(SETUP);
      expect(stderr).toContain('The local cloud builds nothing');
      const [, url] = /Service URL: \S*?(http:[\w.:/]+)/.exec(stderr) ?? [];
      const answer = await fetch(`${url}/`);
      expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('DB_USER')]);
      const object = `${cloud.url}/storage/v1/b/${VARIABLES.GCS_BUCKET_NAME}/o/config.enc?alt=media`;
      const read = (member: string) =>
        fetch(object, { headers: { authorization: `Bearer ${cloud.tokenFor(member)}` } });
      expect((await read(`serviceAccount:${ACCOUNT}`)).status).toBe(200);
      expect((await read('user:stranger@example.com')).status).toBe(403);

      await script(CLEANUP);
      expect((await read(cloud.owner)).status).toBe(404);
      await expect(fetch(`${url}/`)).rejects.toThrow();
    });
  },
);
