import { ArtifactRegistryRepositoryIamMember } from '@cdktf/provider-google/lib/artifact-registry-repository-iam-member/index.js';
import { ProjectIamMember } from '@cdktf/provider-google/lib/project-iam-member/index.js';
import { StorageBucketIamMember } from '@cdktf/provider-google/lib/storage-bucket-iam-member/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { ImageRepository } from './image-repository.ts';
import { PrivateBucket } from './private-bucket.ts';
import { noteReason } from './review-notes.ts';
import { ROLES } from './roles.ts';
import { ServiceIdentity } from './service-identity.ts';

/** Whose images Cloud Build builds. */
export interface ImageBuilderScope {
  readonly projectId: string;
  /** Name of the deployment environment, whose builder is its own. @default there is one */
  readonly environment?: string;
}

/** What an image builder works with. */
export interface ImageBuilderProps extends ImageBuilderScope {
  readonly repository: ImageRepository;
  /** Location of repository and sources. */
  readonly location: string;
  /** Full resource name of the key that sources are encrypted with. @default a key of Google's */
  readonly kmsKeyId?: string;
  /** @default nothing */
  readonly dependsOn?: ITerraformDependable[];
}

/** The names of an environment's builder: they are said before it is made. */
export function imageBuilderNames({ projectId, environment }: ImageBuilderScope) {
  const suffix = environment === undefined ? '' : `-${environment}`;
  const accountId = `image-builder${suffix}`;
  return {
    accountId,
    /** As `gcloud builds submit --service-account` takes it. */
    resourceName: `projects/${projectId}/serviceAccounts/${accountId}@${projectId}.iam.gserviceaccount.com`,
    /** The bucket that the sources of a build are uploaded to. */
    bucketName: `${projectId}-image-sources${suffix}`,
  };
}

/**
 * A service account that Cloud Build builds images as, instead of the default one that much else in the project is:
 * it reads the sources in a bucket of their own, pushes to one repository and writes the build's log, and can do
 * nothing else (https://cloud.google.com/build/docs/securing-builds/configure-user-specified-service-accounts).
 */
export class ImageBuilder extends Construct {
  constructor(scope: Construct, id: string, props: ImageBuilderProps) {
    super(scope, id);
    const { projectId, location, repository, kmsKeyId, dependsOn } = props;
    const { accountId, bucketName } = imageBuilderNames(props);
    const displayName = 'Builds the container images';
    const { member } = new ServiceIdentity(this, 'identity', {
      accountId,
      displayName,
      projectId,
      dependsOn,
    });
    const sources = new PrivateBucket(this, 'sources', {
      name: bucketName,
      projectId,
      location,
      kmsKeyId,
      dependsOn,
    });
    const { logWriter, imagePusher, sourceReader } = ROLES;
    new ProjectIamMember(this, 'log', { project: projectId, role: logWriter.name, member });
    new ArtifactRegistryRepositoryIamMember(this, 'images', {
      project: projectId,
      location,
      repository: repository.name,
      role: imagePusher.name,
      member,
    });
    new StorageBucketIamMember(this, 'reader', {
      bucket: sources.bucketName,
      role: sourceReader.name,
      member,
    });
    for (const role of [logWriter, imagePusher, sourceReader]) noteReason(this, role);
  }
}
