import type { FastifyInstance } from 'fastify';
import { SERVICES } from './apis.ts';
import { artifactRegistryApi } from './artifact-registry.ts';
import { AuditLog } from './audit.ts';
import { cloudBuildApi } from './cloud-build.ts';
import { injectFaults } from './faults/inject.ts';
import { faultsApi } from './faults/routes.ts';
import { Faults } from './faults.ts';
import { GoogleApiError } from './http/errors.ts';
import { logRequests } from './http/request-log.ts';
import { createServer } from './http/server.ts';
import { canonicalUrl } from './http/urls.ts';
import { Authorizer } from './iam/authorizer.ts';
import { IdentityPools } from './iam/identity-pools.ts';
import { emailOf } from './iam/principal.ts';
import { Tokens } from './iam/tokens.ts';
import { iamApi, ServiceAccounts } from './iam.ts';
import { iamCredentialsApi } from './iam-credentials.ts';
import { KeyStore } from './kms/key-store.ts';
import { kmsApi } from './kms.ts';
import { Kubernetes } from './kubernetes.ts';
import { loggingApi } from './logging.ts';
import { MetadataServers } from './metadata.ts';
import type { LocalCloudOptions } from './options.ts';
import type { Persistent } from './persistence.ts';
import { policyTroubleshooterApi } from './policy-troubleshooter.ts';
import { resourceManagerApi } from './resource-manager.ts';
import { Images } from './run/images.ts';
import { Reaper } from './run/reaper.ts';
import { Services } from './run/services.ts';
import { runApi } from './run.ts';
import { runV2Api } from './run-v2.ts';
import { secretManagerApi } from './secret-manager.ts';
import { serviceUsageApi } from './service-usage.ts';
import type { CloudState } from './state.ts';
import { storageApi } from './storage.ts';
import { stsApi } from './sts.ts';

/** What a local cloud is made of. */
export interface Parts {
  readonly app: FastifyInstance;
  readonly state: CloudState;
  readonly accounts: ServiceAccounts;
  readonly metadata: MetadataServers;
  readonly images: Images;
  readonly services: Services;
  readonly faults: Faults;
  readonly kubernetes: Kubernetes;
}

/**
 * Puts a local cloud together; it does not listen yet.
 * @param url its address, asked for once it does
 */
export function assemble(options: LocalCloudOptions, url: () => string): Parts {
  const faults = new Faults();
  const state = createState(options, faults, url);
  const accounts = new ServiceAccounts(state);
  const metadata = new MetadataServers(state, accounts, { faults, troubles: options.metadataTroubles ?? [] });
  const images = new Images(Object.entries(options.images ?? {}));
  const onLog = options.onLog ?? (() => {});
  const run = {
    state,
    images,
    metadata,
    reaper: new Reaper(),
    throttlesCpu: options.throttlesCpu ?? false,
    onLog,
  };
  const services = new Services(run, accounts);
  const kubernetes = new Kubernetes({
    ...run,
    accounts,
    faults,
    metadataTroubles: options.metadataTroubles ?? [],
    port: options.kubernetesPort ?? 0,
  });
  const app = createServer((token) => accounts.authenticate(token), options.onNotEmulated);
  if (options.onRequest) logRequests(app, options.onRequest);
  injectFaults(app.server, faults, { canonicalUrl, memberOf: (token) => memberOf(state.tokens, token) });
  registerApis(app, state, {
    accounts,
    services,
    images,
    keys: new KeyStore(state, options.keyPropagationSeconds),
  });
  state.persistent.set('kubernetes', kubernetes);
  app.register(faultsApi(state, faults));
  return { app, state, accounts, metadata, images, services, faults, kubernetes };
}

function memberOf(tokens: Tokens, token: string | undefined): string | undefined {
  const principal = token === undefined ? undefined : tokens.principalOf(token);
  return typeof principal === 'object' ? principal.member : undefined;
}

function createState(options: LocalCloudOptions, faults: Faults, url: () => string): CloudState {
  const { organizationId = '987654321098' } = options;
  const { projectId = 'local-project', projectNumber = '123456789012', region = 'us-central1' } = options;
  const { now: clock = () => new Date(), policyPropagationSeconds: propagationSeconds = 0 } = options;
  const now = () => new Date(clock().getTime() + faults.clockOffsetSeconds * 1000);
  const tokens = new Tokens(now, url);
  const authorizer = new Authorizer({
    now,
    propagationSeconds,
    project: { projectId, projectNumber },
    organizationId,
    ...(options.groups && { groups: options.groups }),
  });
  return {
    project: { projectId, projectNumber, createTime: now().toISOString() },
    region,
    organizationId,
    authorizer,
    tokens,
    audit: new AuditLog(now),
    enabledServices: new Set(options.enabledServices ?? SERVICES),
    activeFrom: new Map(),
    serviceActivationSeconds: options.serviceActivationSeconds ?? 0,
    persistent: new Map<string, Persistent>([
      ['tokens', tokens],
      ['roles', authorizer.roles],
      ['denyPolicies', authorizer.denyPolicies],
      ['policies', authorizer],
    ]),
    now,
    url,
  };
}

function registerApis(
  app: FastifyInstance,
  state: CloudState,
  {
    accounts,
    services,
    images,
    keys,
  }: { accounts: ServiceAccounts; services: Services; images: Images; keys: KeyStore },
) {
  app.get('/oauth2/v3/certs', () => state.tokens.certificates());
  app.get('/oauth2/v3/userinfo', async ({ principal }) => {
    if (principal.member === undefined) {
      throw new GoogleApiError('UNAUTHENTICATED', 'Invalid Credentials');
    }
    return { email: emailOf(principal), email_verified: true };
  });
  app.register(resourceManagerApi(state));
  app.register(serviceUsageApi(state));
  const pools = new IdentityPools(state.now);
  state.persistent.set('identityPools', pools);
  app.register(iamApi(state, accounts, pools));
  app.register(stsApi(state, pools));
  app.register(iamCredentialsApi(state, accounts));
  app.register(kmsApi(state, keys));
  app.register(storageApi(state, keys));
  app.register(artifactRegistryApi(state));
  app.register(cloudBuildApi(state, images));
  app.register(secretManagerApi(state));
  app.register(policyTroubleshooterApi(state, accounts));
  app.register(loggingApi(state));
  app.register(runApi(state, services));
  app.register(runV2Api(state, services));
  // Last: what runs again after a restart needs all the others.
  state.persistent.set('run', services);
}
