/** What a CDK for Terraform project builds a Cloud Run service with secrets from. */
export { CloudRunService, type CloudRunServiceProps } from './cloud-run-service.ts';
export { EncryptionKey, type EncryptionKeyProps } from './encryption-key.ts';
export { ExistingBucket, type ExistingBucketProps } from './existing-bucket.ts';
export { KeyRing, type KeyRingProps } from './key-ring.ts';
export { PrivateBucket, type PrivateBucketProps } from './private-bucket.ts';
export { ServiceIdentity, type ServiceIdentityProps } from './service-identity.ts';
