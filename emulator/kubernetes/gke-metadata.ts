import type { FastifyInstance, FastifyReply } from 'fastify';
import { addressOf } from '../http/loopback.ts';
import { kubernetesPrincipal } from '../iam/principal.ts';
import { type ServiceAccounts, serviceAccountResource } from '../iam/service-accounts.ts';
import {
  addCommonRoutes,
  type MetadataServerKind,
  openMetadataServer,
  TOKEN_LIFETIME_SECONDS,
} from '../metadata.ts';
import { type CloudState, decide } from '../state.ts';
import { kindNamed } from './kinds.ts';
import type { Store } from './store.ts';

/** The annotation by which a Kubernetes service account acts as one of Google's. */
const ACTS_AS = 'iam.gke.io/gcp-service-account';

/** The name of the local cluster. */
export const CLUSTER_NAME = 'local';

/**
 * GKE's metadata servers, of which each Pod sees its own identity's
 * (https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity#metadata_server).
 */
export class GkeMetadataServers {
  readonly #state: CloudState;
  readonly #accounts: ServiceAccounts;
  readonly #unkind: Pick<MetadataServerKind, 'faults' | 'troubles'>;
  readonly #store: Store;
  readonly #servers = new Map<string, Promise<FastifyInstance>>();

  constructor(
    state: CloudState,
    accounts: ServiceAccounts,
    unkind: Pick<MetadataServerKind, 'faults' | 'troubles'>,
    store: Store,
  ) {
    this.#state = state;
    this.#accounts = accounts;
    this.#unkind = unkind;
    this.#store = store;
  }

  /** The address, `HOST:PORT`, of a Kubernetes service account's metadata server. */
  async addressFor(namespace: string, name: string): Promise<string> {
    const key = `${namespace}/${name}`;
    const started = this.#servers.get(key) ?? this.#start(namespace, name);
    this.#servers.set(key, started);
    return addressOf((await started).server);
  }

  /** Stops them all. */
  async close(): Promise<void> {
    await Promise.all([...this.#servers.values()].map(async (server) => (await server).close()));
  }

  #start(namespace: string, name: string): Promise<FastifyInstance> {
    const member = kubernetesPrincipal(this.#state.project, namespace, name);
    const kind = { server: 'GKE Metadata Server', member, ...this.#unkind };
    return openMetadataServer(kind, this.#routes(namespace, name, member));
  }

  /** The service account that it acts as at this moment; undefined for none. */
  #actsAs(namespace: string, name: string): string | undefined {
    return this.#store.find(kindNamed('ServiceAccount'), namespace, name)?.metadata.annotations?.[ACTS_AS];
  }

  #routes(namespace: string, name: string, member: string) {
    const { project, region } = this.#state;
    const pool = `${project.projectId}.svc.id.goog`;
    const email = () => this.#actsAs(namespace, name) ?? pool;
    return async (app: FastifyInstance) => {
      addCommonRoutes(app, this.#state, { email, names: [':account'], zone: 'a' });
      app.get('/instance', async () => 'attributes/\nhostname\nid\nservice-accounts/\nzone\n');
      app.get('/instance/id', async () => '1');
      app.get('/instance/attributes/cluster-name', async () => CLUSTER_NAME);
      app.get('/instance/attributes/cluster-location', async () => region);
      const path = '/instance/service-accounts/:account';
      app.get(`${path}/token`, async (_request, reply) =>
        this.#token(this.#actsAs(namespace, name), member, reply),
      );
      app.get<{ Querystring: { audience?: string } }>(`${path}/identity`, async (request, reply) => {
        const { audience } = request.query;
        if (!audience) return reply.code(400).send('non-empty audience parameter required');
        const account = this.#actsAs(namespace, name);
        if (account === undefined) {
          return reply
            .code(404)
            .send(
              `Your Kubernetes service account (${namespace}/${name}) is not annotated with a target Google service account, which is a precondition for querying Identity Tokens using GKE Workload Identity.\nPlease add the iam.gke.io/gcp-service-account=[GSA_NAME]@[PROJECT_ID] annotation to your Kubernetes service account.\n`,
            );
        }
        if (!this.#mayActAs(member, account, 'getOpenIdToken')) return refuse(reply, 'getOpenIdToken');
        const principal = this.#accounts.principalOf(`serviceAccount:${account}`);
        return this.#state.tokens.identityToken(principal, audience);
      });
    };
  }

  #token(account: string | undefined, member: string, reply: FastifyReply): unknown {
    if (account !== undefined && !this.#mayActAs(member, account, 'getAccessToken')) {
      return refuse(reply, 'getAccessToken');
    }
    const as = account === undefined ? member : `serviceAccount:${account}`;
    const options = { lifetimeSeconds: TOKEN_LIFETIME_SECONDS };
    const token = this.#state.tokens.accessToken(this.#accounts.principalOf(as), options);
    reply.type('application/json');
    return { access_token: token, expires_in: TOKEN_LIFETIME_SECONDS, token_type: 'Bearer' };
  }

  #mayActAs(member: string, account: string, action: 'getAccessToken' | 'getOpenIdToken'): boolean {
    const asking = { principal: { member }, method: 'POST', url: `/${action}` };
    const resource = serviceAccountResource(this.#state.project.projectId, account);
    const exists = this.#accounts.list().some(({ email, disabled }) => email === account && !disabled);
    return exists && decide(this.#state, asking, `iam.serviceAccounts.${action}`, resource).granted;
  }
}

function refuse(reply: FastifyReply, action: string): FastifyReply {
  return reply
    .code(403)
    .send(
      `Unable to generate access token; IAM returned 403 Forbidden: Permission 'iam.serviceAccounts.${action}' denied on resource (or it may not exist).\nThis error could be caused by a missing IAM policy binding on the target IAM service account.\nFor more information, refer to the Workload Identity documentation:\n\thttps://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity#authenticating_to\n\n`,
    );
}
