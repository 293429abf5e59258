import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SecretError } from '../errors.ts';
import type { ReloadOutcome } from '../live/secret.ts';
import type { ServiceConfig } from '../../service/config.ts';
import type { TokenIssuer } from './tokens.ts';
import { tokenVerifier } from './tokens.ts';

/** Path at which an operator asks for a reload. */
export const reloadPath = '/secret/reload';

/** Path to which Pub/Sub pushes the bucket's notifications. */
export const notificationPath = '/secret/notifications';

/** Options of the routes. */
export interface ReloadRoutesOptions {
  readonly config: ServiceConfig;
  readonly tokenIssuer: () => Promise<TokenIssuer>;
}

// All callers together: a reload may cost a call to Cloud KMS.
const reloadsPerMinute = 60;
// Less than the 60 seconds after which Cloud Run answers in the service's place.
const handlerTimeout = 55_000;

/**
 * Reload at once, for callers with an identity token; registered only when the deployment names such callers.
 * Operators: `POST /secret/reload`. Pub/Sub: `POST /secret/notifications` with the bucket's notifications
 * (https://cloud.google.com/storage/docs/pubsub-notifications).
 */
export default async function reloadRoutes(app: FastifyInstance, options: ReloadRoutesOptions) {
  const { callers } = options.config;
  if (!callers) return;
  const { default: rateLimit } = await import('@fastify/rate-limit');
  await app.register(rateLimit, {
    global: false,
    max: reloadsPerMinute,
    keyGenerator: () => 'all',
    // Behind authentication: strangers must not use up what operators need.
    hook: 'preHandler',
  });
  const authorize = allowing(options);
  const config = { rateLimit: {} };
  if (callers.operators.length > 0) {
    const onRequest = authorize(callers.operators);
    app.post(reloadPath, { config, handlerTimeout, onRequest }, async (_request, reply) => {
      const outcome = await app.secret.reload();
      return reply.code(outcome.result === 'failed' ? 503 : 200).send(describe(outcome, app));
    });
  }
  if (callers.pubsubAccount !== undefined) {
    const onRequest = authorize([callers.pubsubAccount]);
    app.post<{ Body: PushedMessage }>(
      notificationPath,
      { config, handlerTimeout, onRequest, schema: { body: pushedMessage } },
      async (request, reply) => {
        if (!isNews(request.body, options.config, app.secret.current?.generation))
          return reply.code(204).send();
        const { result } = await app.secret.reload();
        // Anything but success lets Pub/Sub send the message again, later and later.
        return reply.code(result === 'failed' ? 503 : 204).send();
      },
    );
  }
}

function describe(outcome: ReloadOutcome, app: FastifyInstance) {
  if (outcome.result !== 'failed') {
    const { generation, fingerprint } = app.secret.current ?? {};
    return { result: outcome.result, generation, fingerprint };
  }
  const { error } = outcome;
  return { result: 'failed', reason: error instanceof SecretError ? error.message : 'The log says why.' };
}

function allowing({ config: { callers }, tokenIssuer }: ReloadRoutesOptions) {
  const verifier = (async () => callers && tokenVerifier(callers, await tokenIssuer()))();
  verifier.catch(() => {}); // thrown again by whichever request comes first
  return (emails: readonly string[]) => async (request: FastifyRequest, reply: FastifyReply) => {
    const token = /^bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const verify = await verifier;
    const email = token && (await verify?.(token));
    if (!email) return reply.code(401).header('www-authenticate', 'Bearer').send({ error: 'no valid token' });
    if (!emails.includes(email)) return reply.code(403).send({ error: 'not allowed' });
  };
}

// https://cloud.google.com/pubsub/docs/push#receive_push
const pushedMessage = {
  type: 'object',
  required: ['message'],
  properties: {
    message: {
      type: 'object',
      required: ['attributes'],
      properties: { attributes: { type: 'object', additionalProperties: { type: 'string' } } },
    },
  },
} as const;

interface PushedMessage {
  readonly message: { readonly attributes: Readonly<Record<string, string>> };
}

/** Whether a message says that the object was written, as a generation that is not the one in use. */
function isNews(
  { message }: PushedMessage,
  { reference }: ServiceConfig,
  generation: string | undefined,
): boolean {
  const { eventType, bucketId, objectId, objectGeneration } = message.attributes;
  const isOurs = bucketId === reference.bucket && objectId === reference.object;
  return isOurs && eventType === 'OBJECT_FINALIZE' && objectGeneration !== generation;
}
