import { StorageBucket } from '@cdktf/provider-google/lib/storage-bucket/index.js';
import { StorageBucketIamMember } from '@cdktf/provider-google/lib/storage-bucket-iam-member/index.js';
import type { TerraformResource } from 'cdktf';
import { Construct } from 'constructs';
import type { ConfigObject } from './config-object.ts';
import { LABELS } from './labels.ts';
import { ROLES } from './roles.ts';
import type { ServiceIdentity } from './service-identity.ts';

/** A bucket to make. */
export interface PrivateBucketProps {
  /** Unique in all of Google Cloud: 3 to 63 characters. */
  readonly name: string;
  /** A region or multi-region. */
  readonly location: string;
}

/**
 * Step 5 of the article, its first half: a bucket that nobody on the internet can be given access to, that keeps what
 * is overwritten or deleted, and that opens single objects to single identities.
 */
export class PrivateBucket extends Construct {
  /** The name as Terraform knows it: whatever uses it waits for the bucket. */
  readonly bucketName: string;
  readonly #name: string;

  constructor(scope: Construct, id: string, props: PrivateBucketProps) {
    super(scope, id);
    const bucket = new StorageBucket(this, 'Default', {
      name: props.name,
      location: props.location,
      storageClass: 'STANDARD',
      uniformBucketLevelAccess: true,
      publicAccessPrevention: 'enforced',
      versioning: { enabled: true },
      softDeletePolicy: { retentionDurationSeconds: 7 * 24 * 60 * 60 },
      lifecycleRule: [
        { action: { type: 'Delete' }, condition: { numNewerVersions: 10, withState: 'ARCHIVED' } },
      ],
      // A versioned bucket is never empty: without this, destroying the stack would stop here.
      forceDestroy: true,
      labels: LABELS,
    });
    this.#name = props.name;
    this.bucketName = bucket.name;
  }

  /**
   * Lets the identity read this object, and no other. IAM conditions see an object by its resource name,
   * https://cloud.google.com/iam/docs/conditions-resource-attributes#resource-name.
   *
   * @returns the grant, for the service to depend on
   * @throws Error when the object lies in another bucket
   */
  grantRead(identity: ServiceIdentity, object: ConfigObject): TerraformResource {
    if (object.bucket !== this) {
      throw new Error(
        `${this.node.path} cannot grant reading ${object.node.path}, which lies in ${object.bucket.node.path}. ` +
          'Call grantRead on that bucket.',
      );
    }
    const resourceName = `projects/_/buckets/${this.#name}/objects/${object.objectName}`;
    return new StorageBucketIamMember(this, `${identity.accountId}-reads-${object.node.id}`, {
      bucket: this.bucketName,
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
}
