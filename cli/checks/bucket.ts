import { callGoogle } from '@cloud-run-identity/secrets';
import type { BucketMetadata } from '@google-cloud/storage';
import { BrokenError, type Check } from './check.ts';
import { onProject } from './cloud-apis.ts';
import type { Deployment } from './deployment.ts';

/** What must hold of the bucket, whose metadata says so. */
export const bucketChecks: readonly Check[] = [
  {
    name: 'the bucket cannot be made public',
    async look(deployment) {
      const { iamConfiguration } = await metadataOf(deployment);
      const { publicAccessPrevention, uniformBucketLevelAccess } = iamConfiguration ?? {};
      const isUniform = uniformBucketLevelAccess?.enabled === true;
      if (isUniform && publicAccessPrevention === 'enforced') {
        return 'public access prevention is enforced, access is uniform';
      }
      throw new BrokenError(
        `Public access prevention is ${publicAccessPrevention ?? 'not set'}, access is ${isUniform ? '' : 'not '}uniform.`,
        `gcloud storage buckets update gs://${deployment.declared.bucket} --public-access-prevention --uniform-bucket-level-access`,
      );
    },
  },
  {
    name: 'the bucket is open to nobody in general',
    async look({ declared, clients }) {
      const { bucket } = declared;
      const call = onBucket(declared.projectId, bucket, 'storage.buckets.getIamPolicy');
      const [{ bindings = [] }] = await callGoogle(call, clients.callerEmail, () =>
        clients.storage.bucket(bucket).iam.getPolicy({ requestedPolicyVersion: 3 }),
      );
      const open = bindings.find(({ members = [] }) =>
        members.some((member) => ['allUsers', 'allAuthenticatedUsers'].includes(member)),
      );
      if (!open) return `${bindings.length} bindings, none of allUsers or allAuthenticatedUsers`;
      throw new BrokenError(
        `${open.members?.join(', ')} have ${open.role} on gs://${bucket}.`,
        `gcloud storage buckets remove-iam-policy-binding gs://${bucket} --member=allUsers --role=${open.role}`,
      );
    },
  },
  {
    name: 'the bucket keeps old generations',
    async look(deployment) {
      const { versioning } = await metadataOf(deployment);
      if (versioning?.enabled) return 'versioning is on: a rollback is possible';
      throw new BrokenError(
        'Versioning is off: what is overwritten is gone.',
        `gcloud storage buckets update gs://${deployment.declared.bucket} --versioning`,
      );
    },
  },
];

async function metadataOf({ declared, clients }: Deployment): Promise<BucketMetadata> {
  const call = onBucket(declared.projectId, declared.bucket, 'storage.buckets.get');
  const [metadata] = await callGoogle(call, clients.callerEmail, () =>
    clients.storage.bucket(declared.bucket).getMetadata(),
  );
  return metadata;
}

function onBucket(projectId: string, bucket: string, permission: string) {
  return onProject(projectId, `gs://${bucket}`, permission, 'storage.admin', 'storage.googleapis.com');
}
