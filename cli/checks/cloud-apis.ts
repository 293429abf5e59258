import { callGoogle } from '@cloud-run-identity/secrets';
import { endpointOf } from '../google/environment.ts';
import type { Deployment } from './deployment.ts';

/** google.cloud.run.v2.Service, as far as it is looked at. */
export interface CloudRunServiceV2 {
  readonly uri?: string;
  readonly etag?: string;
  readonly template: {
    readonly revision?: string;
    readonly labels?: Readonly<Record<string, string>>;
    /** Of a request, such as `60s`. */
    readonly timeout?: string;
    readonly serviceAccount?: string;
    readonly containers?: readonly [
      { readonly env?: readonly { readonly name: string; readonly value?: string }[] },
    ];
  };
  readonly terminalCondition?: { readonly state: string; readonly message?: string };
  readonly latestReadyRevision?: string;
  readonly latestCreatedRevision?: string;
  readonly reconciling?: boolean;
  readonly trafficStatuses?: readonly {
    readonly type?: string;
    readonly revision?: string;
    readonly percent?: number;
  }[];
}

/** google.iam.admin.v1.ServiceAccount, as far as it is looked at. */
export interface ServiceAccount {
  readonly email: string;
  readonly disabled?: boolean;
}

/**
 * The Cloud Run service (https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services/get).
 * @throws SecretError
 */
export async function getService({ declared, clients, environment }: Deployment): Promise<CloudRunServiceV2> {
  const { projectId, region, name } = declared;
  const resource = `projects/${projectId}/locations/${region}/services/${name}`;
  const call = onProject(projectId, resource, 'run.services.get', 'run.viewer', 'run.googleapis.com');
  return callGoogle(call, clients.callerEmail, () =>
    clients.request({ url: `${endpointOf(environment, 'run')}/v2/${resource}` }),
  );
}

/**
 * The service account (https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/get).
 * @throws SecretError
 */
export async function getServiceAccount({
  declared,
  clients,
  environment,
}: Deployment): Promise<ServiceAccount> {
  const { projectId, identity } = declared;
  const resource = `projects/${projectId}/serviceAccounts/${identity}`;
  const api = 'iam.googleapis.com';
  const call = onProject(projectId, resource, 'iam.serviceAccounts.get', 'iam.serviceAccountViewer', api);
  return callGoogle(call, clients.callerEmail, () =>
    clients.request({ url: `${endpointOf(environment, 'iam')}/v1/${resource}` }),
  );
}

/**
 * Whether the project has enabled an API
 * (https://cloud.google.com/service-usage/docs/reference/rest/v1/services/get).
 *
 * @param api such as `run.googleapis.com`
 * @throws SecretError
 */
export async function isEnabled(
  { declared, clients, environment }: Deployment,
  api: string,
): Promise<boolean> {
  const { projectId } = declared;
  const resource = `projects/${projectId}/services/${api}`;
  const own = 'serviceusage.googleapis.com';
  const call = onProject(
    projectId,
    resource,
    'serviceusage.services.get',
    'serviceusage.serviceUsageViewer',
    own,
  );
  const { state } = await callGoogle(call, clients.callerEmail, () =>
    clients.request<{ state?: string }>({ url: `${endpointOf(environment, 'serviceusage')}/v1/${resource}` }),
  );
  return state === 'ENABLED';
}

/** A call that a predefined role on the project allows. */
export function onProject(project: string, resource: string, permission: string, role: string, api: string) {
  return { permission, resource, project, role: `roles/${role}`, api };
}
