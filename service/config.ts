import Schema, { type XStatic } from 'typebox/schema';
import { portPattern } from '../secrets/config.ts';
import {
  bucketNamePattern,
  keyNamePattern,
  objectNamePattern,
  type SecretReference,
} from '../secrets/reference.ts';

const properties = {
  BUCKET_NAME: { type: 'string', pattern: bucketNamePattern, description: 'a bucket name without gs://' },
  OBJECT_NAME: {
    type: 'string',
    pattern: objectNamePattern,
    description: 'an object name such as config.enc',
  },
  KMS_KEY_ID: {
    type: 'string',
    pattern: keyNamePattern,
    description: 'projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY',
  },
  PAGE_VALUES: { enum: ['masked', 'hidden', 'revealed'], description: 'masked, hidden or revealed' },
  PORT: { type: 'string', pattern: portPattern, description: 'a port number from 1 to 65535' },
  K_SERVICE: { type: 'string', description: 'the name of the Cloud Run service' },
  K_REVISION: { type: 'string', description: 'the name of the Cloud Run revision' },
  K_CONFIGURATION: { type: 'string', description: 'the name of the Cloud Run configuration' },
  GCE_METADATA_HOST: { type: 'string', pattern: '^[^/\\s]+$', description: 'host:port' },
} as const;

/**
 * JSON Schema of the environment: all that the service reads from it, and the only place that does.
 * The first four are set by the deployment, PORT and K_* by Cloud Run
 * (https://cloud.google.com/run/docs/container-contract#env-vars), GCE_METADATA_HOST by a local cloud.
 */
export const environmentSchema = {
  type: 'object',
  required: ['BUCKET_NAME', 'OBJECT_NAME', 'KMS_KEY_ID'],
  properties,
} as const;

type Environment = XStatic<typeof environmentSchema>;

/** What the page shows: secrets masked (`masked`), every value masked (`hidden`), nothing (`revealed`). */
export type PageValues = 'masked' | 'hidden' | 'revealed';

/** The service's configuration, checked. */
export interface ServiceConfig {
  readonly reference: SecretReference;
  readonly pageValues: PageValues;
  /** Port to listen on. */
  readonly port: number;
  /** Name of the Cloud Run service; undefined outside of Cloud Run. */
  readonly service: string | undefined;
  /** Name of the Cloud Run revision; undefined outside of Cloud Run. */
  readonly revision: string | undefined;
  /** host:port of a local cloud's metadata server; undefined on Cloud Run. */
  readonly metadataHost: string | undefined;
}

/** An environment that the service cannot run with; the message lists every problem. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/**
 * Reads the environment.
 *
 * @throws EnvironmentError with all problems at once: what was got, what is allowed, how to fix it
 */
export function readEnvironment(variables: NodeJS.ProcessEnv): ServiceConfig {
  const problems = Object.entries(properties).flatMap(([name, schema]) =>
    problemOf(name, schema, variables[name]),
  );
  if (problems.length > 0 || !Schema.Check(environmentSchema, variables)) {
    throw new EnvironmentError(
      `The environment is not valid:\n${problems.map((problem) => `  - ${problem}\n`).join('')}` +
        'Fix: npx cdktf deploy cloud-run-identity sets all of them; in a shell, export them.',
    );
  }
  return toConfig(variables);
}

function problemOf(name: string, schema: { description: string }, value: string | undefined): string[] {
  if (value === undefined) {
    const isRequired = environmentSchema.required.some((required) => required === name);
    return isRequired ? [`${name} is missing: it must be ${schema.description}`] : [];
  }
  const isAllowed: boolean = Schema.Check(schema, value);
  if (isAllowed) return [];
  return [`${name} is ${JSON.stringify(value.slice(0, 200))}: it must be ${schema.description}`];
}

function toConfig(environment: Environment): ServiceConfig {
  return Object.freeze({
    reference: Object.freeze({
      bucket: environment.BUCKET_NAME,
      object: environment.OBJECT_NAME,
      key: environment.KMS_KEY_ID,
    }),
    pageValues: environment.PAGE_VALUES ?? 'masked',
    port: Number(environment.PORT ?? 8080),
    service: environment.K_SERVICE,
    revision: environment.K_REVISION,
    metadataHost: environment.GCE_METADATA_HOST,
  });
}
