import {
  bucketNamePattern,
  keyNamePattern,
  objectNamePattern,
  parseKeyName,
  type SecretReference,
} from '../reference.ts';
import { type GoogleOptions, googleOptions } from './google.ts';

const secondsPattern = '^(?:[1-9][0-9]{0,3}|[1-7][0-9]{4}|8[0-5][0-9]{3}|86[0-3][0-9]{2}|86400)$';
const email = '[^\\s,@]+@[^\\s,@]+';

/**
 * What the plugin reads from the environment, as JSON Schemas by the names of variables. A deployment sets the first
 * three; those from RELOAD_SECONDS to GOOGLE_CLIENTS when it is asked to, K_SERVICE is Cloud Run's
 * (https://cloud.google.com/run/docs/container-contract#env-vars), GCE_METADATA_HOST a local cloud's. A further secret
 * has a variable of its own, such as SECRET_TLS.
 */
export const secretVariables = {
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
  RELOAD_SECONDS: {
    type: 'string',
    pattern: secondsPattern,
    description: 'a number of seconds from 1 to 86400',
  },
  MAX_STALE_SECONDS: {
    type: 'string',
    pattern: secondsPattern,
    description: 'a number of seconds from 1 to 86400',
  },
  RELOAD_OPERATORS: {
    type: 'string',
    pattern: `^${email}(?:,${email})*$`,
    description: 'emails, separated by commas',
  },
  PUBSUB_ACCOUNT: {
    type: 'string',
    pattern: `^${email}$`,
    description: 'the email of the service account that a Pub/Sub push subscription signs with',
  },
  TOKEN_AUDIENCE: {
    type: 'string',
    pattern: '^\\S+$',
    description: 'the audience of the tokens that callers send, such as the URL of the service',
  },
  INVOKER_REQUIRED: { enum: ['true', 'false'], description: 'true or false' },
  GOOGLE_CLIENTS: { enum: ['direct', 'official'], description: 'direct or official' },
  GOOGLE_CLOUD_QUOTA_PROJECT: {
    type: 'string',
    pattern: '^[a-z0-9.:-]{4,63}$',
    description: 'the project that is charged for calls',
  },
  K_SERVICE: { type: 'string', description: 'the name of the Cloud Run service' },
  KUBERNETES_SERVICE_HOST: { type: 'string', description: 'an address, which every Pod has' },
  GOOGLE_APPLICATION_CREDENTIALS: { type: 'string', description: 'the path of a file with credentials' },
  GCE_METADATA_HOST: { type: 'string', pattern: '^[^/\\s]+$', description: 'host:port' },
} as const;

/** The variables of the first secret, of which none is there or all are. */
export const referenceVariables = ['BUCKET_NAME', 'OBJECT_NAME', 'KMS_KEY_ID'] as const;

/** Whose identity tokens count, and for what. */
export interface Callers {
  /** Emails of those who may ask for a reload at once. */
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

/** What the plugin goes by. */
export interface SecretEnvironment {
  /** The first secret; undefined when the environment names none. */
  readonly reference: SecretReference | undefined;
  /** Between two looks for a new value. */
  readonly reloadSeconds: number;
  /** For how long a value is used that could not be confirmed to be the newest; undefined for ever. */
  readonly maxStaleSeconds: number | undefined;
  /** Whose tokens count; undefined when there is no audience that they could have. */
  readonly callers: Callers | undefined;
  readonly google: GoogleOptions;
}

/** An environment that a service cannot run with; the message lists every problem. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';

  constructor(problems: readonly string[]) {
    super(
      `The environment is not valid:\n${problems.map((problem) => `  - ${problem}\n`).join('')}` +
        'Fix: npx cloud-run-identity deploy sets all of them; in a shell, export them.',
    );
  }
}

/** What a variable may be, as a JSON Schema. */
export interface Variable {
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly description: string;
}

/** What is wrong with variables: what was got, and what is allowed. */
export function variableProblems(
  allowed: Readonly<Record<string, Variable>>,
  required: readonly string[],
  variables: NodeJS.ProcessEnv,
): readonly string[] {
  return Object.entries(allowed).flatMap(([name, schema]) => {
    const value = variables[name];
    if (value === undefined) {
      return required.includes(name) ? [`${name} is missing: it must be ${schema.description}`] : [];
    }
    const { enum: values = [value], pattern = '' } = schema;
    if (values.includes(value) && new RegExp(pattern).test(value)) return [];
    return [`${name} is ${JSON.stringify(value.slice(0, 200))}: it must be ${schema.description}`];
  });
}

/** What is wrong with the plugin's variables. @param isRequired whether there has to be a first secret. */
export function secretVariableProblems(variables: NodeJS.ProcessEnv, isRequired: boolean): readonly string[] {
  const isNamed = isRequired || referenceVariables.some((name) => variables[name] !== undefined);
  const problems = variableProblems(secretVariables, isNamed ? referenceVariables : [], variables);
  const isAsked = (variables.RELOAD_OPERATORS ?? variables.PUBSUB_ACCOUNT) !== undefined;
  if (!isAsked || variables.TOKEN_AUDIENCE !== undefined) return problems;
  const { description } = secretVariables.TOKEN_AUDIENCE;
  return [
    ...problems,
    `TOKEN_AUDIENCE is missing beside RELOAD_OPERATORS or PUBSUB_ACCOUNT: it must be ${description}`,
  ];
}

/**
 * Reads what the plugin needs of the environment.
 *
 * @throws EnvironmentError with all problems at once
 */
export function readSecretEnvironment(variables: NodeJS.ProcessEnv): SecretEnvironment {
  const problems = secretVariableProblems(variables, false);
  if (problems.length > 0) throw new EnvironmentError(problems);
  return toEnvironment(variables);
}

type Variables = { readonly [Name in keyof typeof secretVariables]?: string };

function toEnvironment(variables: Variables): SecretEnvironment {
  const { BUCKET_NAME, OBJECT_NAME, KMS_KEY_ID, RELOAD_SECONDS, MAX_STALE_SECONDS } = variables;
  return Object.freeze({
    reference:
      BUCKET_NAME === undefined || OBJECT_NAME === undefined || KMS_KEY_ID === undefined
        ? undefined
        : Object.freeze({ bucket: BUCKET_NAME, object: OBJECT_NAME, key: KMS_KEY_ID }),
    reloadSeconds: Number(RELOAD_SECONDS ?? 900),
    maxStaleSeconds: MAX_STALE_SECONDS === undefined ? undefined : Number(MAX_STALE_SECONDS),
    callers: toCallers(variables),
    google: googleOf(variables),
  });
}

function toCallers(variables: Variables): Callers | undefined {
  const { RELOAD_OPERATORS, PUBSUB_ACCOUNT, TOKEN_AUDIENCE, INVOKER_REQUIRED } = variables;
  if (TOKEN_AUDIENCE === undefined) return undefined;
  return {
    operators: RELOAD_OPERATORS?.split(',') ?? [],
    pubsubAccount: PUBSUB_ACCOUNT,
    audience: TOKEN_AUDIENCE,
    invokerRequired: INVOKER_REQUIRED === 'true',
  };
}

function googleOf(variables: Variables): GoogleOptions {
  const { GOOGLE_CLIENTS, KMS_KEY_ID } = variables;
  const options = googleOptions({ ...variables });
  return {
    ...options,
    clients: GOOGLE_CLIENTS === 'official' || GOOGLE_CLIENTS === 'direct' ? GOOGLE_CLIENTS : options.clients,
    project: KMS_KEY_ID && parseKeyName(KMS_KEY_ID).project,
  };
}
