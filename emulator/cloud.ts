import type { AddressInfo } from 'node:net';
import { assemble, type Parts } from './assemble.ts';
import { PrincipalEndpoints } from './http/principal-endpoints.ts';
import { localApi } from './local.ts';
import type { LocalCloud, LocalCloudOptions } from './options.ts';
import { keepState, StateFile } from './persistence.ts';

export type { LocalCloud, LocalCloudOptions } from './options.ts';
export type { LocalImage } from './run/images.ts';
export type { ContainerLogEntry } from './run/revision.ts';

/**
 * Starts Google Cloud on this machine, on loopback: Cloud Storage, Cloud KMS, IAM, Cloud Run, the metadata server and
 * as much of Service Usage, Resource Manager and Artifact Registry as a deployment needs. Every request is authorized:
 * bearer token → principal → roles → permissions → conditions.
 * @throws Error with code EADDRINUSE when the port is taken; StateFileError when the data directory cannot be used
 */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const { projectId, owner = 'user:owner@example.com', dataDirectory } = options;
  let url = '';
  const parts = assemble(options, () => url);
  const { app, state } = parts;
  state.authorizer.add(`projects/${projectId}`, [{ role: 'roles/owner', members: [owner] }]);
  const cloud = cloudOf(parts, owner);
  app.register(localApi(state, cloud));
  const load = dataDirectory && keepState(app, new StateFile(dataDirectory, projectId, state.persistent));
  try {
    await app.listen({ host: options.host ?? '127.0.0.1', port: options.port ?? 0 });
    url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
    if (load) await load();
  } catch (error) {
    await cloud.close();
    throw error;
  }
  return cloud;
}

function cloudOf(
  { app, state, accounts, metadata, images, services, faults }: Parts,
  owner: string,
): LocalCloud {
  const { tokens, audit, project } = state;
  const tokenFor: LocalCloud['tokenFor'] = (member, tokenOptions) =>
    tokens.accessToken(accounts.principalOf(member), tokenOptions);
  const endpoints = new PrincipalEndpoints(app, tokenFor);
  return {
    get url() {
      return state.url();
    },
    projectId: project.projectId,
    projectNumber: project.projectNumber,
    owner,
    images,
    faults,
    auditLog: () => audit.entries(),
    tokenFor,
    identityTokenFor: (member, audience) => tokens.identityToken(accounts.principalOf(member), audience),
    metadataServerFor: (email) => metadata.addressFor(email),
    endpointFor: (member) => endpoints.addressFor(member),
    async close() {
      await endpoints.close();
      await services.close();
      await metadata.close();
      await app.close();
    },
  };
}
