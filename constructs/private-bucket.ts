import { StorageBucket } from '@cdktf/provider-google/lib/storage-bucket/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { SecretBucket } from './existing-bucket.ts';
import { LABELS } from './labels.ts';

/** A bucket to make. */
export interface PrivateBucketProps {
  /** Unique in all of Google Cloud: 3 to 63 characters. */
  readonly name: string;
  /** A region or multi-region. */
  readonly location: string;
  /**
   * Full resource name of the key that what is written from now on is encrypted with; in the bucket's location.
   * Cloud Storage's agent must be allowed to use it. @default a key of Google's
   */
  readonly kmsKeyId?: string;
  /**
   * Bucket that receives the usage logs, https://cloud.google.com/storage/docs/access-logs. Google's
   * cloud-storage-analytics@google.com must be allowed to create objects in it. @default no usage logs
   */
  readonly accessLogBucket?: string;
  /** @default the provider's project */
  readonly projectId?: string;
  /** @default nothing */
  readonly dependsOn?: ITerraformDependable[];
}

/**
 * Step 5 of the article, its first half: a bucket that nobody on the internet can be given access to, that keeps what
 * is overwritten or deleted, and that opens single objects to single identities.
 */
export class PrivateBucket extends Construct implements SecretBucket {
  readonly name: string;
  readonly bucketName: string;

  constructor(scope: Construct, id: string, props: PrivateBucketProps) {
    super(scope, id);
    const bucket = new StorageBucket(this, 'Default', {
      name: props.name,
      project: props.projectId,
      dependsOn: props.dependsOn,
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
      encryption: props.kmsKeyId === undefined ? undefined : { defaultKmsKeyName: props.kmsKeyId },
      logging:
        props.accessLogBucket === undefined ? undefined : accessLogging(props.accessLogBucket, props.name),
      labels: LABELS,
      // Each of these would replace the bucket, with every generation of every secret in it: it stays where it is.
      lifecycle: { ignoreChanges: ['name', 'location', 'project'] },
    });
    this.name = props.name;
    this.bucketName = bucket.name;
  }
}

/** Named after the bucket, as Google does by default: written down, it is not a difference in the next plan. */
function accessLogging(logBucket: string, bucketName: string) {
  return { logBucket, logObjectPrefix: bucketName };
}
