import type { SecretOf } from '@cloud-run-identity/secrets/fastify';
import { portPattern } from '../../service/port.ts';

/** What the secret of a service with a database is. */
export const configSchema = {
  type: 'object',
  required: ['DB_HOST', 'DB_PORT', 'DB_USER', 'DB_PASS'],
  properties: {
    DB_HOST: { type: 'string', minLength: 1 },
    DB_PORT: { type: 'string', pattern: portPattern, description: 'a string of digits from "1" to "65535"' },
    DB_USER: { type: 'string', minLength: 1 },
    DB_PASS: { type: 'string', minLength: 1, 'x-secret': true },
  },
} as const;

declare module '@cloud-run-identity/secrets/fastify' {
  interface Secrets {
    config: SecretOf<{ readonly schema: typeof configSchema }>;
  }
}
