import type { LocalPrincipal } from './local.ts';

/** Where a local cloud is, and who its clients are to be. */
export interface ClientEnvironmentOptions {
  /** Address of the local cloud, e.g. `http://127.0.0.1:8085`. */
  readonly url: string;
  readonly projectId: string;
  readonly region: string;
  readonly principal: LocalPrincipal;
}

/** Prefixes of the Terraform provider's custom endpoints (its environment variables, and the path that each gets). */
const TERRAFORM_ENDPOINTS = {
  GOOGLE_STORAGE_CUSTOM_ENDPOINT: 'storage/v1/',
  GOOGLE_KMS_CUSTOM_ENDPOINT: 'kms/v1/',
  GOOGLE_IAM_CUSTOM_ENDPOINT: 'iam/v1/',
  GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT: 'crm/v1/',
  GOOGLE_CLOUD_RESOURCE_MANAGER_CUSTOM_ENDPOINT: 'crm/v1/',
  GOOGLE_RESOURCE_MANAGER_V3_CUSTOM_ENDPOINT: 'crm/v3/',
  GOOGLE_SERVICE_USAGE_CUSTOM_ENDPOINT: 'serviceusage/v1/',
  GOOGLE_CLOUD_RUN_CUSTOM_ENDPOINT: 'run/',
  GOOGLE_CLOUD_RUN_V2_CUSTOM_ENDPOINT: 'run/v2/',
  GOOGLE_ARTIFACT_REGISTRY_CUSTOM_ENDPOINT: 'artifactregistry/v1/',
  GOOGLE_COMPUTE_CUSTOM_ENDPOINT: 'compute/v1/',
};

/** gcloud's names of the APIs whose endpoint can be overridden, and the path that gcloud expects of each. */
const GCLOUD_OVERRIDES = {
  STORAGE: 'storage/v1/',
  CLOUDKMS: '',
  IAM: '',
  RUN: '',
  ARTIFACTREGISTRY: '',
  SERVICEUSAGE: '',
  CLOUDRESOURCEMANAGER: '',
  LOGGING: '',
  POLICYTROUBLESHOOTER: '',
  SECRETMANAGER: '',
};

/**
 * Every environment variable that points Terraform's Google provider, gcloud and Google's libraries at a local cloud,
 * as one principal. Libraries have no variable for the endpoint of Cloud KMS: their client takes it as an option.
 */
export function clientEnvironment(options: ClientEnvironmentOptions): Record<string, string> {
  const { url, projectId, region, principal } = options;
  const terraform = Object.entries(TERRAFORM_ENDPOINTS).map(([name, path]) => [name, `${url}/${path}`]);
  const gcloud = Object.entries(GCLOUD_OVERRIDES).map(([api, path]) => [
    `CLOUDSDK_API_ENDPOINT_OVERRIDES_${api}`,
    `${url}/${path}`,
  ]);
  return {
    ...Object.fromEntries(terraform),
    GOOGLE_OAUTH_ACCESS_TOKEN: principal.accessToken,
    GOOGLE_PROJECT: projectId,
    GOOGLE_REGION: region,
    CHECKPOINT_DISABLE: '1',
    ...Object.fromEntries(gcloud),
    ...gcloudProxy(url),
    CLOUDSDK_AUTH_ACCESS_TOKEN: principal.accessToken,
    CLOUDSDK_CORE_PROJECT: projectId,
    CLOUDSDK_RUN_REGION: region,
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
    STORAGE_EMULATOR_HOST: principal.endpoint,
    GOOGLE_CLOUD_PROJECT: projectId,
    GCP_PROJECT_ID: projectId,
    GCP_REGION: region,
    ...(principal.metadataHost && {
      GCE_METADATA_HOST: principal.metadataHost,
      METADATA_SERVER_DETECTION: 'assume-present',
      // Where Python's library looks whether there is a metadata server at all.
      GCE_METADATA_IP: principal.metadataHost,
    }),
  };
}

/**
 * gcloud puts the region before the host of Cloud Run's API (`us-central1-127.0.0.1`), which nobody resolves: it is to
 * send everything to the local cloud as to a proxy. So nothing reaches Google by mistake, either.
 */
function gcloudProxy(url: string): Record<string, string> {
  const { hostname, port } = new URL(url);
  return {
    CLOUDSDK_PROXY_TYPE: 'http_no_tunnel',
    CLOUDSDK_PROXY_ADDRESS: hostname,
    CLOUDSDK_PROXY_PORT: port,
  };
}
