import path from 'node:path';
import { APIS, type Api, OTHER_TERRAFORM_ENDPOINTS } from './apis.ts';
import type { LocalPrincipal } from './local.ts';

/** Where a local cloud is, and who its clients are to be. */
export interface ClientEnvironmentOptions {
  /** Address of the local cloud, e.g. `http://127.0.0.1:8085`. */
  readonly url: string;
  readonly projectId: string;
  readonly region: string;
  readonly principal: LocalPrincipal;
}

/**
 * Every environment variable that points Terraform's Google provider, gcloud and Google's libraries at a local cloud,
 * as one principal. Libraries have no variable for the endpoints of Cloud KMS and Secret Manager: their clients take it as
 * an option, for which KMS_EMULATOR_HOST and SECRET_MANAGER_EMULATOR_HOST have the value.
 */
export function clientEnvironment(options: ClientEnvironmentOptions): Record<string, string> {
  const { url, projectId, region, principal } = options;
  const apis = Object.values<Api>(APIS);
  const terraform = [
    ...OTHER_TERRAFORM_ENDPOINTS.map((name) => [name, `not-emulated/${name.toLowerCase()}/`]),
    ...apis.flatMap((api) => Object.entries(api.terraform)),
  ].map(([name, path]) => [`GOOGLE_${name}_CUSTOM_ENDPOINT`, `${url}/${path}`]);
  const gcloud = apis
    .flatMap((api) => Object.entries(api.gcloud))
    .map(([name, path]) => [`CLOUDSDK_API_ENDPOINT_OVERRIDES_${name}`, `${url}/${path}`]);
  return {
    ...Object.fromEntries(terraform),
    GOOGLE_OAUTH_ACCESS_TOKEN: principal.accessToken,
    GOOGLE_PROJECT: projectId,
    GOOGLE_REGION: region,
    CHECKPOINT_DISABLE: '1',
    ...Object.fromEntries(gcloud),
    ...gcloudProxy(url),
    CLOUDSDK_AUTH_ACCESS_TOKEN: principal.accessToken,
    ...gsutil(principal),
    CLOUDSDK_CORE_PROJECT: projectId,
    CLOUDSDK_RUN_REGION: region,
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
    ...withoutProxy(principal),
    STORAGE_EMULATOR_HOST: principal.endpoint,
    // No library reads it: it is what their option for an endpoint is to be, with insecure credentials.
    ...(principal.grpcEndpoint && {
      KMS_EMULATOR_HOST: principal.grpcEndpoint,
      SECRET_MANAGER_EMULATOR_HOST: principal.grpcEndpoint,
    }),
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

/**
 * gsutil reaches a storage of its own choice by HTTPS alone. Its file says that gcloud, which knows the way, is to do its
 * work; without an account gsutil would have gcloud do it as nobody.
 */
function gsutil({ member }: LocalPrincipal): Record<string, string> {
  return {
    BOTO_CONFIG: path.join(import.meta.dirname, 'gsutil.cfg'),
    CLOUDSDK_CORE_ACCOUNT: member.replace(/^\w+:/, ''),
  };
}

/** A proxy that leads out of the house does not know this machine's own addresses. */
function withoutProxy({
  endpoint,
  grpcEndpoint = '',
  metadataHost = '',
}: LocalPrincipal): Record<string, string> {
  const hosts = [
    new URL(endpoint).hostname,
    ...[grpcEndpoint, metadataHost].map((host) => host.replace(/:\d+$/, '')),
  ];
  const names = [...new Set(['localhost', '127.0.0.1', '::1', ...hosts.filter(Boolean)])].join(',');
  return { NO_PROXY: names, no_proxy: names };
}
