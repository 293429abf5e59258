import Schema, { type XStatic } from 'typebox/schema';
import type { SecretReference } from '../secrets/reference.ts';
import { environmentSchema, properties } from './environment.ts';

type Environment = XStatic<typeof environmentSchema>;

/** What the page shows: secrets masked (`masked`), every value masked (`hidden`), nothing (`revealed`). */
export type PageValues = 'masked' | 'hidden' | 'revealed';

/** Who calls Google's APIs: direct REST, or Google's official clients. */
export type GoogleClientsChoice = NonNullable<Environment['GOOGLE_CLIENTS']>;

/** Least severity of what is logged, as Fastify names it. */
export type LogLevel = NonNullable<Environment['LOG_LEVEL']>;

/** Who may ask for a reload at once, by identity tokens of Google. */
export interface Callers {
  /** Emails of operators. */
  readonly operators: readonly string[];
  /** Email of the service account that a Pub/Sub push subscription signs with. */
  readonly pubsubAccount: string | undefined;
  /** Audience of their tokens. */
  readonly audience: string;
  /**
   * Whether Cloud Run lets only invokers through. It has then checked each token, and removes its signature
   * (https://cloud.google.com/run/docs/authenticating/service-to-service).
   */
  readonly invokerRequired: boolean;
}

/** The service's configuration, checked. */
export interface ServiceConfig {
  readonly reference: SecretReference;
  readonly pageValues: PageValues;
  /** Between two looks for a new config. */
  readonly reloadSeconds: number;
  /** For how long a config is used that could not be confirmed to be the newest; undefined for ever. */
  readonly maxStaleSeconds: number | undefined;
  /** Who may ask for a reload; undefined when nobody may. */
  readonly callers: Callers | undefined;
  /** Base address of an OpenTelemetry collector; undefined for no telemetry. */
  readonly telemetryEndpoint: string | undefined;
  readonly logLevel: LogLevel;
  readonly googleClients: GoogleClientsChoice;
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
  const isAsked = variables.RELOAD_OPERATORS ?? variables.PUBSUB_ACCOUNT;
  if (isAsked !== undefined && variables.TOKEN_AUDIENCE === undefined) {
    const { description } = properties.TOKEN_AUDIENCE;
    problems.push(
      `TOKEN_AUDIENCE is missing beside RELOAD_OPERATORS or PUBSUB_ACCOUNT: it must be ${description}`,
    );
  }
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
    reloadSeconds: Number(environment.RELOAD_SECONDS ?? 900),
    maxStaleSeconds:
      environment.MAX_STALE_SECONDS === undefined ? undefined : Number(environment.MAX_STALE_SECONDS),
    callers: toCallers(environment),
    telemetryEndpoint: environment.OTEL_EXPORTER_OTLP_ENDPOINT?.replace(/\/+$/, ''),
    logLevel: environment.LOG_LEVEL ?? 'info',
    googleClients: environment.GOOGLE_CLIENTS ?? defaultClients(environment),
    port: Number(environment.PORT ?? 8080),
    service: environment.K_SERVICE,
    revision: environment.K_REVISION,
    metadataHost: environment.GCE_METADATA_HOST,
  });
}

/** Where there is no metadata server, only the official clients find credentials. */
function defaultClients({ K_SERVICE, GCE_METADATA_HOST }: Environment): GoogleClientsChoice {
  return (K_SERVICE ?? GCE_METADATA_HOST) === undefined ? 'official' : 'direct';
}

function toCallers(environment: Environment): Callers | undefined {
  const { RELOAD_OPERATORS, PUBSUB_ACCOUNT, TOKEN_AUDIENCE, INVOKER_REQUIRED } = environment;
  if (TOKEN_AUDIENCE === undefined || (RELOAD_OPERATORS ?? PUBSUB_ACCOUNT) === undefined) return undefined;
  return {
    operators: RELOAD_OPERATORS?.split(',') ?? [],
    pubsubAccount: PUBSUB_ACCOUNT,
    audience: TOKEN_AUDIENCE,
    invokerRequired: INVOKER_REQUIRED === 'true',
  };
}
