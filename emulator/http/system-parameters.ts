import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GoogleApiError } from './errors.ts';
import { applyFieldMask, type FieldMask, parseFieldMask } from './field-mask.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Whether the route answers with more than `fields` asks for.
     * @default false
     */
    ignoresFieldMask?: boolean;
  }
  interface FastifyRequest {
    /** Which fields the client wants of the answer; undefined for all. */
    fieldMask: FieldMask | undefined;
  }
}

/** The query parameters that every method of Google has (https://cloud.google.com/apis/docs/system-parameters). */
export const SYSTEM_PARAMETERS: ReadonlySet<string> = new Set([
  '$alt',
  '$fields',
  '$key',
  '$prettyPrint',
  '$userProject',
  '$.xgafv',
  'access_token',
  'alt',
  'fields',
  'key',
  'oauth_token',
  'prettyPrint',
  'quotaUser',
  'uploadType',
  'upload_protocol',
  'userProject',
]);

/**
 * What the query parameters that every method has ask for: `fields` (partial answers) and `prettyPrint` are done, `alt`
 * may ask for JSON or, where a method has media, for media; `key`, `quotaUser`, `userProject` and `$.xgafv` make no
 * difference. `enum-encoding=int`, which some clients add to `alt`, is taken and enums stay names: those clients read both.
 */
export function addSystemParameters(app: FastifyInstance): void {
  app.decorateRequest('fieldMask');
  app.addHook('onRequest', async (request) => {
    const alt = systemParameter(request, 'alt') ?? 'json';
    if (!/^(json|media)(;|$)/.test(alt)) {
      throw new GoogleApiError(
        'INVALID_ARGUMENT',
        `Invalid value for alt: ${alt}. The local cloud answers json or media.`,
      );
    }
    const fields = systemParameter(request, 'fields');
    request.fieldMask = fields === undefined ? undefined : parseFieldMask(fields);
  });
  app.addHook('preSerialization', async (request, reply, payload) => {
    if (systemParameter(request, 'prettyPrint') !== 'false') reply.serializer(indented);
    const { ignoresFieldMask = false } = request.routeOptions.config;
    if (!request.fieldMask || ignoresFieldMask || reply.statusCode >= 300) return payload;
    return applyFieldMask(request.fieldMask, payload);
  });
}

function systemParameter(request: FastifyRequest, name: string): string | undefined {
  const query = request.query as Record<string, string | string[] | undefined>;
  return [query[name] ?? query[`$${name}`]].flat()[0] || undefined;
}

function indented(payload: unknown): string {
  return JSON.stringify(payload, undefined, 2);
}
