/**
 * Options of a Fastify server whose routes have no schema: Fastify then does not load Ajv and its compiler of
 * serializers, which takes longer than everything else at the start.
 */
export const NO_SCHEMAS = {
  schemaController: { compilersFactory: { buildValidator: refuse, buildSerializer: refuse } },
};

function refuse(): never {
  throw new Error('Routes of the local cloud have no schemas: http/request-check.ts checks what comes in.');
}
