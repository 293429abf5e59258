/** What a CDK for Terraform project builds Cloud Run services with secrets from. */
export { CloudRunService, type CloudRunServiceProps } from './cloud-run-service.ts';
export { ConfigObject, type ConfigObjectProps } from './config-object.ts';
export { EncryptionKey, type EncryptionKeyProps } from './encryption-key.ts';
export { ExistingBucket, type ExistingBucketProps } from './existing-bucket.ts';
export { FoundationStack, type FoundationStackProps } from './foundation-stack.ts';
export { KeyRing, type KeyRingProps } from './key-ring.ts';
export { PrivateBucket, type PrivateBucketProps } from './private-bucket.ts';
export { allowPolicyException, type PolicyException, type ReviewNotes } from './review-notes.ts';
export { ROLES, type Role } from './roles.ts';
export { type Identity, ServiceIdentity, type ServiceIdentityProps } from './service-identity.ts';
export { ServiceStack, type ServiceStackProps } from './service-stack.ts';
