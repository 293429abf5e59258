import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { artifactRegistryApi } from './artifact-registry.ts';
import { AuditLog } from './audit.ts';
import { injectFaults } from './faults/inject.ts';
import { faultsApi } from './faults/routes.ts';
import { Faults } from './faults.ts';
import { PrincipalEndpoints } from './http/principal-endpoints.ts';
import { logRequests } from './http/request-log.ts';
import { createServer } from './http/server.ts';
import { canonicalUrl } from './http/urls.ts';
import { Authorizer } from './iam/authorizer.ts';
import { Tokens } from './iam/tokens.ts';
import { iamApi, ServiceAccounts } from './iam.ts';
import { kmsApi } from './kms.ts';
import { localApi } from './local.ts';
import { loggingApi } from './logging.ts';
import { MetadataServers } from './metadata.ts';
import type { LocalCloud, LocalCloudOptions } from './options.ts';
import { keepState, type Persistent, StateFile } from './persistence.ts';
import { policyTroubleshooterApi } from './policy-troubleshooter.ts';
import { resourceManagerApi } from './resource-manager.ts';
import { Images } from './run/images.ts';
import { Services } from './run/services.ts';
import { runApi } from './run.ts';
import { runV2Api } from './run-v2.ts';
import { secretManagerApi } from './secret-manager.ts';
import { EMULATED_SERVICES, serviceUsageApi } from './service-usage.ts';
import type { CloudState } from './state.ts';
import { storageApi } from './storage.ts';

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
  const { projectId, owner = 'user:owner@example.com' } = options;
  let url = '';
  const faults = new Faults();
  const state = createState(options, faults, () => url);
  const { authorizer, tokens, audit } = state;
  authorizer.add(`projects/${projectId}`, [{ role: 'roles/owner', members: [owner] }]);
  const accounts = new ServiceAccounts(state);
  const metadata = new MetadataServers(state, accounts, faults);
  const images = new Images(Object.entries(options.images ?? {}));
  const services = new Services({ state, images, metadata, onLog: options.onLog ?? (() => {}) }, accounts);

  const app = createServer((token) => accounts.authenticate(token), options.onNotEmulated);
  if (options.onRequest) logRequests(app, options.onRequest);
  injectFaults(app.server, faults, { canonicalUrl, memberOf: (token) => memberOf(tokens, token) });
  registerApis(app, state, accounts, services);
  const { dataDirectory } = options;
  const load = dataDirectory && keepState(app, new StateFile(dataDirectory, projectId, state.persistent));
  const tokenFor: LocalCloud['tokenFor'] = (member, tokenOptions) =>
    tokens.accessToken(accounts.principalOf(member), tokenOptions);
  const endpoints = new PrincipalEndpoints(app, tokenFor);
  const close = async () => {
    await endpoints.close();
    await services.close();
    await metadata.close();
    await app.close();
  };
  const cloud: LocalCloud = {
    get url() {
      return url;
    },
    projectId,
    projectNumber: state.project.projectNumber,
    owner,
    images,
    faults,
    auditLog: () => audit.entries(),
    tokenFor,
    identityTokenFor: (member, audience) => tokens.identityToken(accounts.principalOf(member), audience),
    metadataServerFor: (email) => metadata.addressFor(email),
    endpointFor: (member) => endpoints.addressFor(member),
    close,
  };
  app.register(localApi(state, cloud));
  app.register(faultsApi(state, faults));
  try {
    await app.listen({ host: options.host ?? '127.0.0.1', port: options.port ?? 0 });
    url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
    if (load) await load();
  } catch (error) {
    await close();
    throw error;
  }
  return cloud;
}

function memberOf(tokens: Tokens, token: string | undefined): string | undefined {
  const principal = token === undefined ? undefined : tokens.principalOf(token);
  return typeof principal === 'object' ? principal.member : undefined;
}

function createState(options: LocalCloudOptions, faults: Faults, url: () => string): CloudState {
  const { projectId, projectNumber = '123456789012', region = 'us-central1' } = options;
  const { now: clock = () => new Date(), policyPropagationSeconds: propagationSeconds = 0 } = options;
  const now = () => new Date(clock().getTime() + faults.clockOffsetSeconds * 1000);
  const tokens = new Tokens(now, url);
  const authorizer = new Authorizer({ now, propagationSeconds });
  return {
    project: { projectId, projectNumber, createTime: now().toISOString() },
    region,
    authorizer,
    tokens,
    audit: new AuditLog(now),
    enabledServices: new Set(options.enabledServices ?? EMULATED_SERVICES),
    persistent: new Map<string, Persistent>([
      ['tokens', tokens],
      ['policies', authorizer],
    ]),
    now,
    url,
  };
}

function registerApis(
  app: FastifyInstance,
  state: CloudState,
  accounts: ServiceAccounts,
  services: Services,
) {
  app.get('/oauth2/v3/certs', () => state.tokens.certificates());
  app.register(resourceManagerApi(state));
  app.register(serviceUsageApi(state));
  app.register(iamApi(state, accounts));
  app.register(kmsApi(state));
  app.register(storageApi(state));
  app.register(artifactRegistryApi(state));
  app.register(secretManagerApi(state));
  app.register(policyTroubleshooterApi(state, accounts));
  app.register(loggingApi(state));
  app.register(runApi(state, services));
  app.register(runV2Api(state, services));
  // Last: what runs again after a restart needs all the others.
  state.persistent.set('run', services);
}
