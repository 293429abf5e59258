import type { AddressInfo } from 'node:net';
import { artifactRegistryApi } from './artifact-registry.ts';
import { type AuditEntry, AuditLog } from './audit.ts';
import { createServer } from './http/server.ts';
import { Authorizer } from './iam/authorizer.ts';
import { type AccessTokenOptions, Tokens } from './iam/tokens.ts';
import { iamApi, ServiceAccounts } from './iam.ts';
import { kmsApi } from './kms.ts';
import { loggingApi } from './logging.ts';
import { MetadataServers } from './metadata.ts';
import { policyTroubleshooterApi } from './policy-troubleshooter.ts';
import { resourceManagerApi } from './resource-manager.ts';
import { Images, type LocalImage } from './run/images.ts';
import type { ContainerLogEntry } from './run/revision.ts';
import { Services } from './run/services.ts';
import { runApi } from './run.ts';
import { runV2Api } from './run-v2.ts';
import { EMULATED_SERVICES, serviceUsageApi } from './service-usage.ts';
import type { CloudState } from './state.ts';
import { storageApi } from './storage.ts';

export type { ContainerLogEntry, LocalImage };

/** What the local cloud is to be. */
export interface LocalCloudOptions {
  /** The id of its one project. */
  readonly projectId: string;
  /**
   * The number of that project.
   * @default '123456789012'
   */
  readonly projectNumber?: string;
  /**
   * The region in which Cloud Run's global-looking v1 API creates services.
   * @default 'us-central1'
   */
  readonly region?: string;
  /**
   * The port of the API on 127.0.0.1.
   * @default 0, any free one
   */
  readonly port?: number;
  /**
   * The member that owns the project.
   * @default 'user:owner@example.com'
   */
  readonly owner?: string;
  /**
   * The services that are enabled from the start; a new project of Google has none of them.
   * @default all that are emulated
   */
  readonly enabledServices?: readonly string[];
  /**
   * How long a changed IAM policy takes until decisions follow it; Google's takes two minutes as a rule.
   * @default 0
   */
  readonly policyPropagationSeconds?: number;
  /**
   * Receives what the containers write and what Cloud Run says of them.
   * @default nothing
   */
  readonly onLog?: (entry: ContainerLogEntry) => void;
  /**
   * The clock.
   * @default the machine's
   */
  readonly now?: () => Date;
}

/** A running local cloud. */
export interface LocalCloud {
  /** The address of every API, e.g. `http://127.0.0.1:43211`. */
  readonly url: string;
  readonly projectId: string;
  readonly projectNumber: string;
  /** The member that owns the project. */
  readonly owner: string;
  /** What container images stand for, by repository (no tag, no digest). Fill it as one pushes an image. */
  readonly images: Map<string, LocalImage>;
  /** The last decisions, oldest first: who wanted to do what, and whether it was granted. */
  auditLog(): readonly AuditEntry[];
  /** An access token that stands for a member, e.g. `serviceAccount:a@p.iam.gserviceaccount.com`. */
  tokenFor(member: string, options?: AccessTokenOptions): string;
  /** An identity token of a member for an audience, as Cloud Run asks of its callers. */
  identityTokenFor(member: string, audience: string): Promise<string>;
  /** The address (`host:port`) of a metadata server whose default service account is the given one. */
  metadataServerFor(email: string): Promise<string>;
  /** Stops the server, the metadata servers and every process that it started. */
  close(): Promise<void>;
}

/**
 * Starts Google Cloud on this machine, on loopback: Cloud Storage, Cloud KMS, IAM, Cloud Run, the metadata server and
 * as much of Service Usage, Resource Manager and Artifact Registry as a deployment needs. Every request is authorized:
 * bearer token → principal → roles → permissions → conditions.
 * @throws Error with code EADDRINUSE when the port is taken
 */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const { projectId, projectNumber = '123456789012', region = 'us-central1' } = options;
  const { owner = 'user:owner@example.com', now = () => new Date() } = options;
  let url = '';
  const tokens = new Tokens(now, () => url);
  const authorizer = new Authorizer({ now, propagationSeconds: options.policyPropagationSeconds ?? 0 });
  const audit = new AuditLog(now);
  const state: CloudState = {
    project: { projectId, projectNumber, createTime: now().toISOString() },
    region,
    authorizer,
    tokens,
    audit,
    enabledServices: new Set(options.enabledServices ?? EMULATED_SERVICES),
    now,
    url: () => url,
  };
  authorizer.add(`projects/${projectId}`, [{ role: 'roles/owner', members: [owner] }]);
  const accounts = new ServiceAccounts(state);
  const metadata = new MetadataServers(state, accounts);
  const images = new Images();
  const services = new Services({ state, images, metadata, onLog: options.onLog ?? (() => {}) }, accounts);

  const app = createServer((token) => accounts.authenticate(token));
  app.get('/oauth2/v3/certs', () => tokens.certificates());
  app.register(resourceManagerApi(state));
  app.register(serviceUsageApi(state));
  app.register(iamApi(state, accounts));
  app.register(kmsApi(state));
  app.register(storageApi(state));
  app.register(artifactRegistryApi(state));
  app.register(policyTroubleshooterApi(state, accounts));
  app.register(loggingApi(state));
  app.register(runApi(state, services));
  app.register(runV2Api(state, services));
  await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;

  return {
    url,
    projectId,
    projectNumber,
    owner,
    images,
    auditLog: () => audit.entries(),
    tokenFor: (member, tokenOptions) => tokens.accessToken(accounts.principalOf(member), tokenOptions),
    identityTokenFor: (member, audience) => tokens.identityToken(accounts.principalOf(member), audience),
    metadataServerFor: (email) => metadata.addressFor(email),
    close: async () => {
      await services.close();
      await metadata.close();
      await app.close();
    },
  };
}
