import path from 'node:path';
import { pythonEnvironment } from '../../../__tests__/support/python.ts';
import { ROOT } from '../process.ts';
import type { BenchScene } from './scene.ts';
import type { Server } from './server.ts';

/** The article's sample as a server, or why it cannot run here. */
export type Reference = { readonly server: Server } | { readonly missing: string };

/** Makes the Python for the article's sample, once, and gives its identity the one grant more that it needs. */
export async function reference({ cloud, scene, environment, shows }: BenchScene): Promise<Reference> {
  const folder = path.join(ROOT, 'bench', 'reference');
  const made = await pythonEnvironment(path.join(folder, 'requirements.txt'));
  if ('missing' in made) return { missing: `The article's sample is not measured: ${made.missing}.` };
  await grantBucketReader(scene.owner.storage.bucket(scene.reference.bucket), scene.member);
  const { BUCKET_NAME = '', KMS_KEY_ID = '', GCE_METADATA_HOST = '' } = environment;
  return {
    server: {
      command: [made.python, path.join(folder, 'app.py')],
      environment: {
        BUCKET_NAME,
        KMS_KEY_ID,
        GCE_METADATA_HOST,
        // Where Python's library asks whether there is a metadata server.
        GCE_METADATA_IP: GCE_METADATA_HOST,
        API_ENDPOINT_OVERRIDE: cloud.url,
        KMS_ENDPOINT: `${cloud.url}/`,
        PATH: process.env.PATH ?? '',
        // Not there, so that no credentials of gcloud are found.
        CLOUDSDK_CONFIG: path.join(folder, 'no-gcloud'),
      },
      shows,
    },
  };
}

type Bucket = ReturnType<BenchScene['scene']['owner']['storage']['bucket']>;

/** The article's step 5: the sample calls get_bucket(). */
async function grantBucketReader({ iam }: Bucket, member: string): Promise<void> {
  const [policy] = await iam.getPolicy({ requestedPolicyVersion: 3 });
  policy.bindings.push({ role: 'roles/storage.legacyBucketReader', members: [member] });
  await iam.setPolicy(policy);
}
