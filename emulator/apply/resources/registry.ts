import type { ResourceType } from '../resource-type.ts';
import { alertPolicy, logMetric } from './alerts.ts';
import { repository } from './artifact-registry.ts';
import { serviceAccount, serviceAccountIamMember } from './iam.ts';
import { cryptoKey, cryptoKeyIamMember, keyRing } from './kms.ts';
import { containerClusterData, KUBERNETES_TYPES } from './kubernetes.ts';
import { projectAuditConfig, projectData, storageAgentData } from './project.ts';
import { cloudRunService, cloudRunServiceIamMember } from './run.ts';
import { cloudRunJob, cloudRunJobIamMember, schedulerJob } from './scheduled-job.ts';
import { projectService } from './service-usage.ts';
import { bucket, bucketIamMember } from './storage-bucket.ts';
import { bucketObject } from './storage-object.ts';

/** Every resource type that the applier knows: exactly those that our constructs emit. */
export const RESOURCE_TYPES: Readonly<Record<string, ResourceType>> = {
  google_project_service: projectService,
  google_project_iam_audit_config: projectAuditConfig,
  google_logging_metric: logMetric,
  google_monitoring_alert_policy: alertPolicy,
  'data.google_project': projectData,
  'data.google_storage_project_service_account': storageAgentData,
  google_kms_key_ring: keyRing,
  google_kms_crypto_key: cryptoKey,
  google_kms_crypto_key_iam_member: cryptoKeyIamMember,
  google_artifact_registry_repository: repository,
  google_service_account: serviceAccount,
  google_service_account_iam_member: serviceAccountIamMember,
  google_storage_bucket: bucket,
  google_storage_bucket_iam_member: bucketIamMember,
  google_storage_bucket_object: bucketObject,
  google_cloud_run_service: cloudRunService,
  google_cloud_run_service_iam_member: cloudRunServiceIamMember,
  google_cloud_run_v2_job: cloudRunJob,
  google_cloud_run_v2_job_iam_member: cloudRunJobIamMember,
  google_cloud_scheduler_job: schedulerJob,
  'data.google_container_cluster': containerClusterData,
  ...KUBERNETES_TYPES,
};
