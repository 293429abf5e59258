import { parseSecret } from '../../secrets/value.ts';
import schema from './schema.json' with { type: 'json' };

/** A schema of the tests' own, whatever the project's service has made of its. */
export const sampleSchema = schema;

/** A value that fits. */
export interface SampleValue {
  readonly DB_HOST: string;
  readonly DB_PORT: string;
  readonly DB_USER: string;
  readonly DB_PASS: string;
}

/** Reads a plaintext by the schema. */
export const readSample = (plaintext: Uint8Array) => parseSecret(plaintext, { schema: sampleSchema });
