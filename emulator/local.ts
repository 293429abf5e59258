import type { FastifyInstance } from 'fastify';
import { GoogleApiError } from './http/errors.ts';
import { unauthenticated } from './http/server.ts';
import type { LocalCloud } from './options.ts';
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
export type PrincipalMaker = Pick<
  LocalCloud,
  'tokenFor' | 'endpointFor' | 'grpcEndpointFor' | 'metadataServerFor'
>;

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
export function localApi(state: CloudState, cloud: PrincipalMaker & Pick<LocalCloud, 'identityTokenFor'>) {
  return async (app: FastifyInstance) => {
    app.get('/local/v1', async () => ({ projectId: state.project.projectId, region: state.region }));
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
