/** An attribute that Google or the provider makes, and what is certain about it before the deployment. */
export type Computed =
  /** Made of arguments, with `{argument}` in their places. */
  | { readonly template: string }
  /** Told by the deployment only, but another name of something that arguments tell. */
  | { readonly sameAs: string }
  /** Told by the deployment only; what it is, is documented. */
  | { readonly later: true };

const made = (template: string): Computed => ({ template });
const LATER: Computed = { later: true };

const EMAIL = '{account_id}@{project}.iam.gserviceaccount.com';
const ACCOUNT = {
  email: made(EMAIL),
  id: made(`projects/{project}/serviceAccounts/${EMAIL}`),
  member: made(`serviceAccount:${EMAIL}`),
  name: made(`projects/{project}/serviceAccounts/${EMAIL}`),
  unique_id: { sameAs: EMAIL },
};
const KEY = { id: made('{key_ring}/cryptoKeys/{name}') };
const RING = { id: made('projects/{project}/locations/{location}/keyRings/{name}') };
const SERVICE = { id: made('locations/{location}/namespaces/{project}/services/{name}'), status: LATER };

/**
 * From each type's page below https://registry.terraform.io/providers/hashicorp/google/6.50.0/docs and, for Docker,
 * https://registry.terraform.io/providers/kreuzwerker/docker/3.6.2/docs. A data source is `data.TYPE`.
 */
export const COMPUTED: Readonly<Record<string, Readonly<Record<string, Computed>>>> = {
  docker_image: { image_id: LATER, repo_digest: LATER },
  docker_registry_image: { sha256_digest: LATER },
  google_artifact_registry_repository: {
    id: made('projects/{project}/locations/{location}/repositories/{repository_id}'),
    name: made('{repository_id}'),
  },
  google_cloud_run_service: SERVICE,
  google_cloud_run_v2_job: { id: made('projects/{project}/locations/{location}/jobs/{name}') },
  google_cloud_run_v2_service: {
    id: made('projects/{project}/locations/{location}/services/{name}'),
    uri: LATER,
    urls: LATER,
  },
  google_cloud_run_v2_worker_pool: {
    id: made('projects/{project}/locations/{location}/workerPools/{name}'),
  },
  google_cloudfunctions2_function: {
    id: made('projects/{project}/locations/{location}/functions/{name}'),
    url: LATER,
  },
  google_kms_crypto_key: KEY,
  google_kms_key_ring: RING,
  google_logging_metric: { id: made('{name}') },
  google_project_service_identity: { email: LATER, member: LATER },
  google_service_account: ACCOUNT,
  google_storage_bucket: { id: made('{name}'), url: made('gs://{name}') },
  google_storage_bucket_object: { output_name: made('{name}'), generation: LATER },
  'data.google_artifact_registry_docker_image': { self_link: LATER },
  'data.google_container_cluster': { endpoint: LATER, master_auth: LATER },
  'data.google_client_config': { project: made('{project}') },
  'data.google_kms_crypto_key': KEY,
  'data.google_kms_key_ring': RING,
  'data.google_project': { number: { sameAs: '{project_id}' }, project_id: made('{project}') },
  'data.google_storage_bucket': { id: made('{name}') },
  'data.google_storage_project_service_account': { email_address: LATER, member: LATER },
};
