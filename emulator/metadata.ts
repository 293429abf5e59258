import { setTimeout as delay } from 'node:timers/promises';
import Fastify, { type FastifyInstance } from 'fastify';
import { injectFaults } from './faults/inject.ts';
import type { Faults } from './faults.ts';
import { guard } from './http/guard.ts';
import { addressOf, listenUnguessably } from './http/loopback.ts';
import { NO_SCHEMAS } from './http/no-schemas.ts';
import type { ServiceAccounts } from './iam/service-accounts.ts';
import type { CloudState } from './state.ts';
import type { MetadataTrouble } from './weather.ts';

/** The scopes of a Cloud Run instance, or of a Pod: access is decided by IAM alone. */
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
export const TOKEN_LIFETIME_SECONDS = 3599;

/**
 * The metadata servers, one per identity as every Cloud Run instance sees its own
 * (https://cloud.google.com/run/docs/container-contract#metadata-server).
 */
export class MetadataServers {
  readonly #state: CloudState;
  readonly #accounts: ServiceAccounts;
  readonly #unkind: Pick<MetadataServerKind, 'faults' | 'troubles'>;
  readonly #servers = new Map<string, Promise<FastifyInstance>>();

  /** @param unkind what goes wrong with them */
  constructor(
    state: CloudState,
    accounts: ServiceAccounts,
    unkind: Pick<MetadataServerKind, 'faults' | 'troubles'>,
  ) {
    this.#state = state;
    this.#accounts = accounts;
    this.#unkind = unkind;
  }

  /** The address, `HOST:PORT`, of the metadata server of a service account; started when first asked for. */
  async addressFor(email: string): Promise<string> {
    const started = this.#servers.get(email) ?? this.#start(email);
    this.#servers.set(email, started);
    return addressOf((await started).server);
  }

  /** Stops them all. */
  async close(): Promise<void> {
    await Promise.all([...this.#servers.values()].map(async (server) => (await server).close()));
  }

  async #start(email: string): Promise<FastifyInstance> {
    const member = `serviceAccount:${email}`;
    const kind = { server: 'Metadata Server for Serverless', member, ...this.#unkind };
    return openMetadataServer(kind, this.#routes(email));
  }

  #routes(email: string) {
    const { project, region, tokens } = this.#state;
    const member = `serviceAccount:${email}`;
    return async (app: FastifyInstance) => {
      addCommonRoutes(app, this.#state, { email: () => email, names: ['default', email], zone: '1' });
      app.get('/instance', async () => 'attributes/\nid\nregion\nservice-accounts/\nzone\n');
      app.get('/instance/id', async () => '00local');
      app.get('/instance/region', async () => `projects/${project.projectNumber}/regions/${region}`);
      for (const account of ['default', email]) {
        const path = `/instance/service-accounts/${account}`;
        app.get(`${path}/token`, async (_request, reply) => {
          const options = { lifetimeSeconds: TOKEN_LIFETIME_SECONDS };
          const accessToken = tokens.accessToken(this.#accounts.principalOf(member), options);
          reply.type('application/json');
          return { access_token: accessToken, expires_in: TOKEN_LIFETIME_SECONDS, token_type: 'Bearer' };
        });
        app.get<{ Querystring: { audience?: string } }>(`${path}/identity`, async (request, reply) => {
          const { audience } = request.query;
          if (!audience) return reply.code(400).send('non-empty audience parameter required');
          return tokens.identityToken(this.#accounts.principalOf(member), audience);
        });
      }
    };
  }
}

/** The account of a metadata server. */
interface MetadataAccount {
  readonly email: () => string;
  /** What it goes by in paths. */
  readonly names: readonly string[];
  /** The last part of the zone's name. */
  readonly zone: string;
}

/** What every metadata server says alike: of the project, of where it is, and of the account but for its tokens. */
export function addCommonRoutes(
  app: FastifyInstance,
  { project, region, url }: CloudState,
  { email, names, zone }: MetadataAccount,
): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.type('text/plain; charset=utf-8');
  });
  app.get('/', async () => 'instance/\nproject/\n');
  app.get('/project/project-id', async () => project.projectId);
  app.get('/project/numeric-project-id', async () => project.projectNumber);
  app.get('/universe/universe-domain', async () => 'googleapis.com');
  app.get('/instance/zone', async () => `projects/${project.projectNumber}/zones/${region}-${zone}`);
  // Google has no such attribute: it tells a process of the local cloud where Google's APIs are for it.
  app.get('/instance/attributes/api-endpoint', async () => url());
  app.get('/instance/service-accounts', async () => `default/\n${email()}/\n`);
  for (const name of names) {
    const path = `/instance/service-accounts/${name}`;
    app.get<{ Querystring: { recursive?: string } }>(path, async (request, reply) => {
      if (request.query.recursive !== 'true') return 'aliases\nemail\nidentity\nscopes\ntoken\n';
      return reply.type('application/json').send({ aliases: ['default'], email: email(), scopes: [SCOPE] });
    });
    app.get(`${path}/email`, async () => email());
    app.get(`${path}/scopes`, async () => `${SCOPE}\n`);
  }
}

/** Which metadata server it is. */
export interface MetadataServerKind {
  /** Its name in the header `Server`. */
  readonly server: string;
  /** Whom its faults are meant for. */
  readonly member: string;
  readonly faults: Faults;
  /** What becomes of the first requests for a token, in their order. */
  readonly troubles: readonly MetadataTrouble[];
}

/** How late a slow answer is. */
const SLOW_MILLISECONDS = 1000;

/** Starts a metadata server at an address that nobody can guess; the routes are those below `/computeMetadata/v1`. */
export async function openMetadataServer(
  { server, member, faults, troubles }: MetadataServerKind,
  routes: (app: FastifyInstance) => Promise<void>,
): Promise<FastifyInstance> {
  const app = Fastify({
    ...NO_SCHEMAS,
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true },
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('Metadata-Flavor', 'Google').header('Server', server);
    // What a browser or a proxy can be tricked into is refused: the header cannot be set across origins.
    if (request.headers['x-forwarded-for'] !== undefined) return reply.code(403).send('Forbidden');
    if (request.headers['metadata-flavor'] !== 'Google' && request.url !== '/') {
      return reply.code(403).type('text/plain').send('Missing required header "Metadata-Flavor": "Google"');
    }
  });
  const ahead = [...troubles];
  app.addHook('onRequest', async (request, reply) => {
    const trouble = /\/(token|identity)(\?|$)/.test(request.url) ? ahead.shift() : undefined;
    if (trouble === 'slow') await delay(SLOW_MILLISECONDS);
    else if (trouble !== undefined) return reply.code(trouble).type('text/plain').send('not yet\n');
  });
  app.register(routes, { prefix: '/computeMetadata/v1' });
  app.get('/', async () => 'computeMetadata/\n');
  injectFaults(app.server, faults, { canonicalUrl: (url: string) => url, memberOf: () => member });
  guard(app.server);
  await app.ready();
  await listenUnguessably(app.server);
  return app;
}
