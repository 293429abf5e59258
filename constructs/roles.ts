/** A predefined role of Google Cloud, and why this project grants it. */
export interface Role {
  /** As in an IAM policy, e.g. `roles/run.invoker`. */
  readonly name: string;
  readonly reason: string;
}

/**
 * Every role that this project grants. Permissions are those of
 * https://cloud.google.com/iam/docs/roles-permissions.
 */
export const ROLES = {
  /** On one key: cloudkms.cryptoKeyVersions.useToDecrypt; its other permissions are a project's or a location's. */
  keyDecrypter: {
    name: 'roles/cloudkms.cryptoKeyDecrypter',
    reason:
      'The service decrypts its config with this one key. It may not encrypt, nor read or change the key.',
  },
  /** On the storage key only: cloudkms.cryptoKeyVersions.useToEncrypt and useToDecrypt. */
  keyEncrypterDecrypter: {
    name: 'roles/cloudkms.cryptoKeyEncrypterDecrypter',
    reason:
      'Cloud Storage and Artifact Registry encrypt what they store with a key of ours, which is no key of a secret. ' +
      'Granted only when the setting "storageKeyName" asks for it.',
  },
  /**
   * On one bucket, narrowed by a condition to one object: storage.objects.get and storage.objects.list.
   * Listing is checked on the bucket, which the condition never matches, so only the reading remains.
   * roles/storage.legacyObjectReader holds storage.objects.get alone, but stands for an ACL entry of old;
   * with the condition both allow the same.
   */
  objectViewer: {
    name: 'roles/storage.objectViewer',
    reason:
      'The service reads its encrypted config. The condition leaves out every other object, and listing with it.',
  },
  /** On one service account: iam.serviceAccounts.getAccessToken, getOpenIdToken, get and list. */
  workloadIdentityUser: {
    name: 'roles/iam.workloadIdentityUser',
    reason:
      'Pods of one Kubernetes service account act as this service account. ' +
      'Granted only for a service whose platform is "gke".',
  },
  /** On one service: run.routes.invoke. */
  invoker: {
    name: 'roles/run.invoker',
    reason: 'Anyone may open the page. Granted only when the setting "public" asks for it.',
  },
  /** The same on one service, for another service's identity. */
  serviceInvoker: {
    name: 'roles/run.invoker',
    reason: 'Another service calls this one as itself. Granted only when the setting "calls" names it.',
  },
  /** On one key: cloudkms.cryptoKeyVersions.useToEncrypt and useToDecrypt. */
  keyRotator: {
    name: 'roles/cloudkms.cryptoKeyEncrypterDecrypter',
    reason:
      'A job that rotates a credential encrypts the secret, and decrypts what stays of it. Granted only by a RotationJob, ' +
      'which needs an exception from key-separation-of-duties for it: docs/rotation.md shows it.',
  },
  /** On one bucket, narrowed by a condition to one object: storage.objects.get, create, update, delete and list. */
  objectRotator: {
    name: 'roles/storage.objectUser',
    reason:
      'A job that rotates a credential writes the secret and its own progress. Granted only by a RotationJob; the ' +
      'condition leaves out every other object.',
  },
  /** On one job: run.jobs.run. */
  jobInvoker: {
    name: 'roles/run.invoker',
    reason: 'The schedule of a job that rotates a credential starts it. Granted only by a RotationJob.',
  },
  /** On a project: logging.logEntries.create and route. */
  logWriter: {
    name: 'roles/logging.logWriter',
    reason:
      'Cloud Build writes the log of a build. Granted only when the setting "imageBuild" is "cloud-build".',
  },
  /** On one image repository: reading it and uploading to it, not deleting. */
  imagePusher: {
    name: 'roles/artifactregistry.writer',
    reason:
      'Cloud Build pushes the images that it has built. Granted only when the setting "imageBuild" is "cloud-build".',
  },
  /** On one bucket, which holds sources and no secret: storage.objects.get and storage.objects.list. */
  sourceReader: {
    name: 'roles/storage.objectViewer',
    reason:
      'Cloud Build reads the sources of an image. Granted only when the setting "imageBuild" is "cloud-build".',
  },
} as const satisfies Record<string, Role>;
