import { portPattern } from '../secrets/value.ts';
import { bucketNamePattern, keyNamePattern, objectNamePattern } from '../secrets/reference.ts';

const secondsPattern = '^(?:[1-9][0-9]{0,3}|[1-7][0-9]{4}|8[0-5][0-9]{3}|86[0-3][0-9]{2}|86400)$';
const email = '[^\\s,@]+@[^\\s,@]+';

/** What each variable may be. */
export const properties = {
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
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    type: 'string',
    pattern: '^https?://[^\\s/?#]+[^\\s?#]*$',
    description: 'the http or https address of an OpenTelemetry collector',
  },
  LOG_LEVEL: {
    enum: ['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
    description: 'trace, debug, info, warn, error or fatal',
  },
  GOOGLE_CLIENTS: { enum: ['direct', 'official'], description: 'direct or official' },
  PORT: { type: 'string', pattern: portPattern, description: 'a port number from 1 to 65535' },
  K_SERVICE: { type: 'string', description: 'the name of the Cloud Run service' },
  K_REVISION: { type: 'string', description: 'the name of the Cloud Run revision' },
  K_CONFIGURATION: { type: 'string', description: 'the name of the Cloud Run configuration' },
  GCE_METADATA_HOST: { type: 'string', pattern: '^[^/\\s]+$', description: 'host:port' },
} as const;

/**
 * JSON Schema of the environment: all that the service reads from it, and the only place that does.
 * The first four are set by the deployment, those from RELOAD_SECONDS to GOOGLE_CLIENTS when it is asked to (docs/rotation.md),
 * PORT and K_* by Cloud Run (https://cloud.google.com/run/docs/container-contract#env-vars), GCE_METADATA_HOST by a
 * local cloud.
 */
export const environmentSchema = {
  type: 'object',
  required: ['BUCKET_NAME', 'OBJECT_NAME', 'KMS_KEY_ID'],
  properties,
} as const;
