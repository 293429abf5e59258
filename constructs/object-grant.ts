import { StorageBucketIamMember } from '@cdktf/provider-google/lib/storage-bucket-iam-member/index.js';
import type { TerraformResource } from 'cdktf';
import type { Construct } from 'constructs';
import type { ConfigObject } from './config-object.ts';
import { noteReason } from './review-notes.ts';
import { ROLES } from './roles.ts';
import type { Identity } from './service-identity.ts';

/**
 * Lets the identity read this object of the bucket, and no other. IAM conditions see an object by its resource
 * name, https://cloud.google.com/iam/docs/conditions-resource-attributes#resource-name.
 *
 * @param bucket the construct that stands for the bucket, with its plain name, and its name as Terraform knows it
 * @throws Error when the object lies in another bucket
 */
export function grantReadObject(
  bucket: Construct & { readonly bucketName: string },
  name: string,
  identity: Identity,
  object: ConfigObject,
): TerraformResource {
  if (object.bucket !== bucket) {
    throw new Error(
      `${bucket.node.path} cannot grant reading ${object.node.path}, which lies in ${object.bucket.node.path}. ` +
        'Call grantRead on that bucket.',
    );
  }
  const resourceName = `projects/_/buckets/${name}/objects/${object.objectName}`;
  noteReason(bucket, ROLES.objectViewer);
  return new StorageBucketIamMember(bucket, `${identity.accountId}-reads-${object.node.id}`, {
    bucket: bucket.bucketName,
    role: ROLES.objectViewer.name,
    member: identity.member,
    condition: {
      title: 'one-object',
      description: 'The object that the expression names, and no other',
      // JSON's string escapes are CEL's, so that a quote in the name cannot end the literal.
      expression: `resource.name == ${JSON.stringify(resourceName)}`,
    },
  });
}
