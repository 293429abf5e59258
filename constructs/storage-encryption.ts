import { DataGoogleProject } from '@cdktf/provider-google/lib/data-google-project/index.js';
import { DataGoogleStorageProjectServiceAccount } from '@cdktf/provider-google/lib/data-google-storage-project-service-account/index.js';
import type { ITerraformDependable, TerraformResource } from 'cdktf';
import { Construct } from 'constructs';
import type { KeyRing } from './key-ring.ts';

/** A key for data at rest to make. */
export interface StorageEncryptionProps {
  /** In the location of what is to be encrypted. */
  readonly keyRing: KeyRing;
  readonly keyName: string;
  readonly projectId: string;
  /** The APIs whose agents are to use the key. */
  readonly dependsOn: ITerraformDependable[];
}

/**
 * A key of ours that Cloud Storage and Artifact Registry encrypt with what they store. It is another key than the
 * services': Google's agents both encrypt and decrypt with it, which with a secret's key nobody may.
 *
 * Reading the Cloud Storage agent makes it exist. That of Artifact Registry is made by Google with the project's
 * first repository, too late for a grant: `gcloud beta services identity create` makes it before,
 * https://cloud.google.com/artifact-registry/docs/ar-service-account.
 */
export class StorageEncryption extends Construct {
  readonly keyRing: KeyRing;
  /** Full resource name of the key. */
  readonly keyId: string;
  /** What must be in place before anything is stored with the key. */
  readonly grants: readonly TerraformResource[];

  constructor(scope: Construct, id: string, props: StorageEncryptionProps) {
    super(scope, id);
    const { dependsOn, projectId } = props;
    const cloudStorage = new DataGoogleStorageProjectServiceAccount(this, 'cloud-storage', {
      project: projectId,
      dependsOn,
    });
    const project = new DataGoogleProject(this, 'project', { projectId, dependsOn });
    const artifactRegistry = `service-${project.number}@gcp-sa-artifactregistry.iam.gserviceaccount.com`;

    const key = props.keyRing.addKey('storage-key', { name: props.keyName });
    this.keyRing = props.keyRing;
    this.keyId = key.keyId;
    this.grants = [
      key.grantServiceAgent('cloud-storage', `serviceAccount:${cloudStorage.emailAddress}`),
      key.grantServiceAgent('artifact-registry', `serviceAccount:${artifactRegistry}`),
    ];
  }
}
