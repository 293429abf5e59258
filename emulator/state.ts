import type { Api } from './apis.ts';
import type { AuditLog } from './audit.ts';
import { errorInfo, GoogleApiError } from './http/errors.ts';
import { unauthenticated } from './http/server.ts';
import type { Authorizer, Decision, Resource } from './iam/authorizer.ts';
import type { Principal } from './iam/principal.ts';
import type { Tokens } from './iam/tokens.ts';
import type { Persistent } from './persistence.ts';

/** The project that the local cloud holds. */
export interface Project {
  readonly projectId: string;
  readonly projectNumber: string;
  readonly createTime: string;
}

/** What the APIs of the local cloud share. */
export interface CloudState {
  readonly project: Project;
  readonly region: string;
  /** The number of the organization that the project is in. */
  readonly organizationId: string;
  readonly authorizer: Authorizer;
  readonly tokens: Tokens;
  /** Every decision is noted here. */
  readonly audit: AuditLog;
  /** Names of the enabled services, e.g. `cloudkms.googleapis.com`. */
  readonly enabledServices: Set<string>;
  /** From when on (milliseconds since 1970) one that was enabled lately can be used. */
  readonly activeFrom: Map<string, number>;
  /** How long that takes. */
  readonly serviceActivationSeconds: number;
  /** What survives a restart, by name, in the order in which it is loaded. */
  readonly persistent: Map<string, Persistent>;
  /** The clock. */
  readonly now: () => Date;
  /** The address of the API, `http://127.0.0.1:PORT`, once it listens. */
  readonly url: () => string;
}

/** The id of a project that a path names by id or number. */
export function projectIdOf(state: CloudState, idOrNumber: string): string {
  return idOrNumber === state.project.projectNumber ? state.project.projectId : idOrNumber;
}

/** The project as a resource. */
export function projectResource(projectId: string): Resource {
  return {
    name: `projects/${projectId}`,
    type: 'cloudresourcemanager.googleapis.com/Project',
    service: 'cloudresourcemanager.googleapis.com',
    policies: [`projects/${projectId}`],
  };
}

/** An organization as a resource. */
export function organizationResource(organizationId: string): Resource {
  const service = 'cloudresourcemanager.googleapis.com';
  const name = `organizations/${organizationId}`;
  return { name, type: `${service}/Organization`, service, policies: [name] };
}

/** Who asks, and by which request. */
export interface Asking {
  readonly principal: Principal;
  readonly method?: string | undefined;
  readonly url?: string | undefined;
}

/** Decides whether whoever asks has the permission on the resource, and notes the decision in the audit log. */
export function decide(state: CloudState, asking: Asking, permission: string, resource: Resource): Decision {
  const { principal, method, url } = asking;
  const decision = state.authorizer.decide(principal, permission, resource);
  const request = `${method} ${url?.split('?')[0]}`;
  state.audit.record({ principal, permission, resource, decision, request });
  return decision;
}

/**
 * Lets the request go on only if its principal has the permission on the resource.
 * @throws GoogleApiError UNAUTHENTICATED without credentials; PERMISSION_DENIED in Google's words, which do not tell
 *   a missing permission from a missing resource, with google.rpc.ErrorInfo
 */
export function requirePermission(
  state: CloudState,
  request: Asking,
  permission: string,
  resource: Resource,
): void {
  if (request.principal.member === undefined) {
    throw unauthenticated('Request is missing required authentication credential.', 'CREDENTIALS_MISSING');
  }
  if (decide(state, request, permission, resource).granted) return;
  throw new GoogleApiError(
    'PERMISSION_DENIED',
    `Permission '${permission}' denied on resource '${resource.name}' (or it may not exist).`,
    {
      details: [
        errorInfo('IAM_PERMISSION_DENIED', 'iam.googleapis.com', { permission, resource: resource.name }),
      ],
    },
  );
}

function isUsable({ enabledServices, activeFrom, now }: CloudState, service: string): boolean {
  return enabledServices.has(service) && (activeFrom.get(service) ?? 0) <= now().getTime();
}

/**
 * Refuses what needs an API that the project has not enabled.
 * @param title what the refusal calls it, where a part of the API has a name of its own. @default the API's
 * @throws GoogleApiError PERMISSION_DENIED with reason SERVICE_DISABLED
 */
export function requireService(state: CloudState, api: Api, title = api.service?.title): void {
  const service = api.service?.name;
  if (service === undefined || isUsable(state, service)) return;
  const { projectNumber } = state.project;
  throw new GoogleApiError(
    'PERMISSION_DENIED',
    `${title} has not been used in project ${projectNumber} before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/${service}/overview?project=${projectNumber} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.`,
    {
      reason: 'accessNotConfigured',
      details: [
        errorInfo('SERVICE_DISABLED', 'googleapis.com', { service, consumer: `projects/${projectNumber}` }),
      ],
    },
  );
}
