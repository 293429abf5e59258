import type { FastifyInstance } from 'fastify';
import { GoogleApiError } from './http/errors.ts';
import { unauthenticated } from './http/server.ts';
import type { AccessTokenOptions } from './iam/tokens.ts';
import { type CloudState, projectResource, requirePermission } from './state.ts';

/** How a process of this machine becomes a principal of the local cloud. */
export interface LocalPrincipal {
  readonly member: string;
  /** Valid for an hour. */
  readonly accessToken: string;
  /** Address of the APIs at which a request without a token is this member's. */
  readonly endpoint: string;
  /** `host:port` of Cloud KMS by gRPC with insecure credentials, as this member. */
  readonly grpcEndpoint?: string;
  /** `host:port` of a metadata server; only service accounts have one. */
  readonly metadataHost?: string;
}

/** What makes members principals. */
export interface PrincipalMaker {
  /** The address of every API, e.g. `http://127.0.0.1:43211`. */
  readonly url: string;
  /** An access token that stands for a member, e.g. `serviceAccount:a@p.iam.gserviceaccount.com`. */
  tokenFor(member: string, options?: AccessTokenOptions): string;
  /** An identity token of a member for an audience, as Cloud Run asks of its callers. */
  identityTokenFor(member: string, audience: string): Promise<string>;
  /** The address (`host:port`) of a metadata server whose default service account is the given one. */
  metadataServerFor(email: string): Promise<string>;
  /** An address of the APIs at which a request without a token is the given member's. */
  endpointFor(member: string): Promise<string>;
  /**
   * An address (`host:port`) at which Cloud KMS speaks gRPC with insecure credentials, as the given member to a call
   * without a token.
   */
  grpcEndpointFor(member: string): Promise<string>;
}

/**
 * Makes a member a principal: with a token, an address of the APIs, and for a service account a metadata server.
 * @throws GoogleApiError INVALID_ARGUMENT for what is neither a user nor a service account
 */
export async function localPrincipal(cloud: PrincipalMaker, member: string): Promise<LocalPrincipal> {
  const [, kind, email] = /^(user|serviceAccount):([^\s:@]+@[^\s:@]+)$/.exec(member) ?? [];
  if (!email) {
    throw new GoogleApiError(
      'INVALID_ARGUMENT',
      `Invalid member "${member}": it must be user:EMAIL or serviceAccount:EMAIL.`,
    );
  }
  return {
    member,
    accessToken: cloud.tokenFor(member),
    endpoint: await cloud.endpointFor(member),
    grpcEndpoint: await cloud.grpcEndpointFor(member),
    ...(kind === 'serviceAccount' && { metadataHost: await cloud.metadataServerFor(email) }),
  };
}

/**
 * What Google has no API for: to be any principal, for whoever owns the project. It is how `cloud-run-identity local
 * env --as MEMBER` gets its credentials from a local cloud that runs in another process.
 */
export function localApi(
  state: CloudState,
  cloud: PrincipalMaker & {
    kubernetesUrl(): Promise<string>;
    kubeconfigFor(member: string): Promise<object>;
  },
) {
  return async (app: FastifyInstance) => {
    app.get('/local/v1', async () => ({ projectId: state.project.projectId, region: state.region }));
    app.post<{ Body: { member?: string } | undefined }>(
      '/local/v1/kubeconfigs',
      { config: { changesNothing: true } },
      async (request) => {
        const project = projectResource(state.project.projectId);
        requirePermission(state, request, 'resourcemanager.projects.setIamPolicy', project);
        return cloud.kubeconfigFor(request.body?.member ?? '');
      },
    );
    // Asked for, it is started; what it answers needs a token of its own.
    app.get('/local/v1/kubernetes', async () => ({ url: await cloud.kubernetesUrl() }));
    const options = { config: { changesNothing: true } };
    app.post<{ Body: { member?: string } | undefined }>('/local/v1/principals', options, async (request) => {
      const project = projectResource(state.project.projectId);
      requirePermission(state, request, 'resourcemanager.projects.setIamPolicy', project);
      return localPrincipal(cloud, request.body?.member ?? '');
    });
    // In Google Cloud the OAuth server gives a person's identity token (`gcloud auth print-identity-token`).
    app.post<{ Body: { audience?: string } | undefined }>(
      '/local/v1/identity-tokens',
      options,
      async (request) => {
        const { member } = request.principal;
        if (member === undefined) {
          throw unauthenticated(
            'Request is missing required authentication credential.',
            'CREDENTIALS_MISSING',
          );
        }
        return { token: await cloud.identityTokenFor(member, request.body?.audience ?? '') };
      },
    );
  };
}
