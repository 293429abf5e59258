/**
 * Arguments that Terraform cannot change in place: it deletes the resource and makes it again. From the page of each
 * type below https://registry.terraform.io/providers/hashicorp/google/6.50.0/docs/resources ("Changing this forces a
 * new resource to be created"), where the page says so, else from the provider's schema.
 */
const FORCING: Readonly<Record<string, readonly string[]>> = {
  google_artifact_registry_repository: [
    'format',
    'kms_key_name',
    'location',
    'mode',
    'project',
    'repository_id',
  ],
  google_cloud_run_service: ['location', 'name', 'project'],
  google_kms_crypto_key: [
    'crypto_key_backend',
    'destroy_scheduled_duration',
    'import_only',
    'key_ring',
    'name',
    'purpose',
    'skip_initial_version_creation',
  ],
  google_kms_key_ring: ['location', 'name', 'project'],
  google_logging_metric: ['bucket_name', 'name', 'project'],
  google_monitoring_alert_policy: ['project'],
  google_project_iam_audit_config: ['project', 'service'],
  google_project_service: ['project', 'service'],
  google_project_service_identity: ['project', 'service'],
  google_service_account: ['account_id', 'create_ignore_already_exists', 'project'],
  google_storage_bucket: [
    'custom_placement_config',
    'enable_object_retention',
    'hierarchical_namespace',
    'location',
    'name',
    'project',
  ],
  google_storage_bucket_object: [
    'bucket',
    'cache_control',
    'content_disposition',
    'content_encoding',
    'content_language',
    'content_type',
    'customer_encryption',
    'kms_key_name',
    'metadata',
    'name',
    'storage_class',
  ],
};

/** Whether a change of this argument replaces the resource. Grants have no argument that can change in place. */
export function forcesReplacement(type: string, argument: string): boolean {
  if (argument === 'lifecycle') return false;
  if (/_iam_member$/.test(type)) return true;
  return FORCING[type]?.includes(argument) ?? false;
}
