/** What a CDK for Terraform project builds Cloud Run services with secrets from. */
export type { CloudRunOptions } from './cloud-run-annotations.ts';
export { CloudRunService, type CloudRunServiceProps } from './cloud-run-service.ts';
export { DecryptAlert, type DecryptAlertProps } from './decrypt-alert.ts';
export { EncryptedObject, type EncryptedObjectProps } from './encrypted-object.ts';
export { EncryptionKey, type EncryptionKeyProps } from './encryption-key.ts';
export { ExistingBucket, type ExistingBucketProps, type SecretBucket } from './existing-bucket.ts';
export { ExistingIdentity, type ExistingIdentityProps } from './existing-identity.ts';
export { FoundationStack, type FoundationStackProps } from './foundation-stack.ts';
export type { Identity, RunIdentity } from './identity.ts';
export { KeyRing, type KeyRingProps } from './key-ring.ts';
export { OverdueAlert, type OverdueAlertProps } from './overdue-alert.ts';
export type { Platform, PlatformServiceProps } from './platform.ts';
export { PrivateBucket, type PrivateBucketProps } from './private-bucket.ts';
export { allowPolicyException, type PolicyException, type ReviewNotes } from './review-notes.ts';
export { ROLES, type Role } from './roles.ts';
export { RotationJob, type RotationJobProps } from './rotation-job.ts';
export { type SecretProps, SecretService, type SecretServiceProps } from './secret-service.ts';
export { ServiceIdentity, type ServiceIdentityProps } from './service-identity.ts';
export {
  type GkePlatformMaker,
  ServiceStack,
  type ServiceStackProps,
  type StackServiceProps,
} from './service-stack.ts';
