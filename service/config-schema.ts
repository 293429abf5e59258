import type { SecretOf } from '@cloud-run-identity/secrets/fastify';
import { portPattern } from './port.ts';

/**
 * JSON Schema of the service's secret, with the keys of the reference's config.json; put yours here. `description` is
 * what a problem says is allowed; `x-secret` marks a value that is masked wherever values are shown; `x-max-age` says how old a value may get
 * before `verify`, `doctor`, the page and a metric say that it is overdue: hours, days or weeks, as `12h`, `90d`, `26w`.
 *
 * Unknown keys are refused: a misspelt one would otherwise be noticed only when its value is missed, and one that is not
 * declared here has nobody who decided whether it is secret.
 */
export const configSchema = {
  type: 'object',
  required: ['DB_HOST', 'DB_PORT', 'DB_USER', 'DB_PASS'],
  additionalProperties: false,
  properties: {
    DB_HOST: { type: 'string', pattern: '\\S', description: 'a non-empty string' },
    DB_PORT: { type: 'string', pattern: portPattern, description: 'a string of digits from "1" to "65535"' },
    DB_USER: { type: 'string', pattern: '\\S', description: 'a non-empty string' },
    DB_PASS: {
      type: 'string',
      minLength: 1,
      description: 'a non-empty string',
      'x-secret': true,
      'x-max-age': '90d',
    },
  },
} as const;

declare module '@cloud-run-identity/secrets/fastify' {
  interface Secrets {
    config: SecretOf<{ readonly schema: typeof configSchema }>;
  }
}
