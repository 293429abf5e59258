import { CloudRunV2Job } from '@cdktf/provider-google/lib/cloud-run-v2-job/index.js';
import { CloudRunV2JobIamMember } from '@cdktf/provider-google/lib/cloud-run-v2-job-iam-member/index.js';
import { CloudSchedulerJob } from '@cdktf/provider-google/lib/cloud-scheduler-job/index.js';
import { KmsCryptoKeyIamMember } from '@cdktf/provider-google/lib/kms-crypto-key-iam-member/index.js';
import { StorageBucketIamMember } from '@cdktf/provider-google/lib/storage-bucket-iam-member/index.js';
import type { TerraformResource } from 'cdktf';
import { Construct } from 'constructs';
import type { EncryptionKey } from './encryption-key.ts';
import type { SecretBucket } from './existing-bucket.ts';
import type { RunIdentity } from './identity.ts';
import { LABELS } from './labels.ts';
import { noteReason } from './review-notes.ts';
import { ROLES } from './roles.ts';

/** What is rotated, how and when. */
export interface RotationJobProps {
  /** Of the job, and of its schedule. */
  readonly name: string;
  readonly projectId: string;
  /** Region of the job and of its schedule. */
  readonly location: string;
  /** An image with Node, the package cloud-run-identity and the rotator in it. */
  readonly image: string;
  /** What runs the command line in that image. @default npx cloud-run-identity */
  readonly command?: readonly string[];
  /** Path of the rotator's module in that image. */
  readonly rotator: string;
  /** Key of the secret, such as DB_PASS. */
  readonly secretKey: string;
  /** When, as https://cloud.google.com/scheduler/docs/configuring/cron-job-schedules has it, in UTC. */
  readonly schedule: string;
  /** How long the job waits until no instance uses the old credential: twice the service's reload interval and more. */
  readonly waitSeconds: number;
  /** An account of its own: never the service's. */
  readonly identity: RunIdentity;
  readonly bucket: SecretBucket;
  readonly objectName: string;
  readonly key: EncryptionKey;
  /** Further variables, such as where the database's administrator signs in. Not the place for a secret. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** What a job takes besides its waiting: the server may let connections end first. */
const WORK_SECONDS = 600;

/**
 * Rotates a credential at regular times: a Cloud Run job that runs `cloud-run-identity rotate`, and its schedule. Its
 * identity may encrypt and decrypt with this one key, since the other values of the secret stay and a rotation that was
 * stopped is gone on with, write the one object and the one beside it that keeps the progress, and start this job.
 */
export class RotationJob extends Construct {
  readonly job: CloudRunV2Job;

  constructor(scope: Construct, id: string, props: RotationJobProps) {
    super(scope, id);
    const { name, projectId: project, location, identity } = props;
    const grants = [this.#useKey(props), ...this.#writeObjects(props)];
    this.job = new CloudRunV2Job(this, 'Default', {
      name,
      project,
      location,
      labels: LABELS,
      deletionProtection: false,
      template: {
        template: {
          serviceAccount: identity.email,
          timeout: `${props.waitSeconds + WORK_SECONDS}s`,
          // What was stopped is gone on with by the next run.
          maxRetries: 3,
          containers: [
            {
              image: props.image,
              command: [...(props.command ?? ['npx', 'cloud-run-identity'])],
              args: argumentsOf(props),
              env: Object.entries(props.environment ?? {}).map(([variable, value]) => ({
                name: variable,
                value,
              })),
            },
          ],
        },
      },
      dependsOn: grants,
    });
    noteReason(this, ROLES.jobInvoker);
    const start = new CloudRunV2JobIamMember(this, 'starts', {
      project,
      location,
      name: this.job.name,
      role: ROLES.jobInvoker.name,
      member: identity.member,
    });
    const resource = `projects/${project}/locations/${location}/jobs/${name}`;
    new CloudSchedulerJob(this, 'schedule', {
      name,
      project,
      region: location,
      schedule: props.schedule,
      timeZone: 'Etc/UTC',
      httpTarget: {
        httpMethod: 'POST',
        uri: `https://run.googleapis.com/v2/${resource}:run`,
        oauthToken: { serviceAccountEmail: identity.email },
      },
      dependsOn: [this.job, start],
    });
  }

  #useKey({ key, identity }: RotationJobProps): TerraformResource {
    noteReason(this, ROLES.keyRotator);
    return new KmsCryptoKeyIamMember(this, 'uses-key', {
      cryptoKeyId: key.keyId,
      role: ROLES.keyRotator.name,
      member: identity.member,
    });
  }

  /** A grant for each of the two, as whoever reviews wants one object in a condition. */
  #writeObjects({ bucket, objectName, identity }: RotationJobProps): TerraformResource[] {
    noteReason(this, ROLES.objectRotator);
    const grant = (id: string, object: string, description: string) => {
      const resource = JSON.stringify(`projects/_/buckets/${bucket.bucketName}/objects/${object}`);
      return new StorageBucketIamMember(this, id, {
        bucket: bucket.bucketName,
        role: ROLES.objectRotator.name,
        member: identity.member,
        condition: { title: id, description, expression: `resource.name == ${resource}` },
      });
    };
    return [
      grant('writes-object', objectName, 'The object that is rotated, and no other'),
      grant('writes-progress', `${objectName}.rotation`, 'The object that keeps the progress, and no other'),
    ];
  }
}

function argumentsOf(props: RotationJobProps): string[] {
  const { secretKey, rotator, waitSeconds, bucket, objectName, key } = props;
  const target = ['--bucket', bucket.bucketName, '--object', objectName, '--kms-key', key.keyId];
  const reason = ['--reason', 'by schedule'];
  return ['rotate', secretKey, '--with', rotator, '--wait', String(waitSeconds), ...reason, ...target];
}
