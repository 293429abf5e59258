import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SecretError } from '../errors.ts';
import type { Callers } from '../live/environment.ts';
import type { ReloadOutcome, Secret } from '../live/secret.ts';

/** Path at which an operator asks for a reload. */
export const reloadPath = '/secret/reload';

/** Path to which Pub/Sub pushes the bucket's notifications. */
export const notificationPath = '/secret/notifications';

/** Options of the routes. */
export interface ReloadRoutesOptions {
  readonly callers: Callers;
  /** In the order in which they were registered. */
  readonly secrets: ReadonlyMap<string, Secret>;
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
export default async function reloadRoutes(app: FastifyInstance, { callers, secrets }: ReloadRoutesOptions) {
  const { default: rateLimit } = await import('@fastify/rate-limit');
  await app.register(rateLimit, {
    global: false,
    max: reloadsPerMinute,
    keyGenerator: () => 'all',
    // Behind authentication: strangers must not use up what operators need.
    hook: 'preHandler',
  });
  const config = { rateLimit: {} };
  if (callers.operators.length > 0) {
    const onRequest = allowing(app, callers.operators);
    app.post(reloadPath, { config, handlerTimeout, onRequest }, async (_request, reply) => {
      const outcome = await reloadAll([...secrets.values()]);
      const [first] = secrets.values();
      return reply.code(outcome.result === 'failed' ? 503 : 200).send(describe(outcome, first));
    });
  }
  if (callers.pubsubAccount !== undefined) {
    const onRequest = allowing(app, [callers.pubsubAccount]);
    app.post<{ Body: PushedMessage }>(
      notificationPath,
      { config, handlerTimeout, onRequest, schema: { body: pushedMessage } },
      async (request, reply) => {
        const outdated = [...secrets.values()].filter((secret) => isNews(request.body, secret));
        const { result } = await reloadAll(outdated);
        // Anything but success lets Pub/Sub send the message again, later and later.
        return reply.code(result === 'failed' ? 503 : 204).send();
      },
    );
  }
}

/** A failure if there is one, otherwise whether anything has changed. */
async function reloadAll(secrets: readonly Secret[]): Promise<ReloadOutcome> {
  const outcomes = await Promise.all(secrets.map((secret) => secret.reload()));
  const failure = outcomes.find(({ result }) => result === 'failed');
  return failure ?? { result: outcomes.some(({ result }) => result === 'changed') ? 'changed' : 'unchanged' };
}

function describe(outcome: ReloadOutcome, first: Secret | undefined) {
  if (outcome.result !== 'failed') {
    const { generation, fingerprint } = first?.current ?? {};
    return { result: outcome.result, generation, fingerprint };
  }
  const { error } = outcome;
  return { result: 'failed', reason: error instanceof SecretError ? error.message : 'The log says why.' };
}

function allowing(app: FastifyInstance, emails: readonly string[]) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const email = await app.identity.caller(request);
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

/** Whether a message says that a secret's object was written, as a generation that is not the one in use. */
function isNews({ message }: PushedMessage, { current }: Secret): boolean {
  const { eventType, bucketId, objectId, objectGeneration } = message.attributes;
  const isOurs = current?.reference.bucket === bucketId && current?.reference.object === objectId;
  return isOurs && eventType === 'OBJECT_FINALIZE' && objectGeneration !== current?.generation;
}
