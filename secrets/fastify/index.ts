import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { keyAges } from '../key-ages.ts';
import { readSecretEnvironment, type SecretEnvironment } from '../live/environment.ts';
import { connectToGoogle, type Google } from '../live/google.ts';
import { LiveSecret, type SecretSource } from '../live/live-secret.ts';
import { type ReloadTimes, reloadTimes } from '../live/reload-schedule.ts';
import type { Secret } from '../live/secret.ts';
import { Upkeep } from '../live/upkeep.ts';
import { resolveReference, type SecretReference } from '../reference.ts';
import type { SecretShape, ValueOf } from '../shape.ts';
import { parseSecret } from '../value.ts';
import drain from './drain.ts';
import healthRoutes, { refuseOtherProbes } from './health.ts';
import identity from './identity.ts';
import { OverdueValues } from './overdue.ts';

/**
 * The secrets of an app by their names, to be extended with their types:
 *
 * ```ts
 * declare module '@cloud-run-identity/secrets/fastify' {
 *   interface Secrets {
 *     config: SecretOf<{ schema: typeof schema }>;
 *     tls: SecretOf<{ format: 'text' }>;
 *   }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is there to be extended
export interface Secrets {}

/** The type of a secret of an app by the options with which it is registered. */
export type SecretOf<Shape extends SecretShape> = Secret<ValueOf<Shape>>;

declare module 'fastify' {
  interface FastifyInstance {
    /** The decrypted secrets, kept in memory and up to date. */
    secrets: Secrets;
    /** What is done from time to time, in the answer to a probe or by a request. */
    upkeep: Upkeep;
  }
}

/** Which secret to register. All but the shape is read from the environment unless it is given. */
export interface SecretOptions extends SecretShape {
  /** Name of the secret: `app.secrets.NAME`. @default 'config', the first secret of a service */
  readonly name?: string | undefined;
  /** @default by BUCKET_NAME, OBJECT_NAME and KMS_KEY_ID for `config`, by SECRET_NAME for any other */
  readonly reference?: SecretReference | string | undefined;
  /** Of the first secret that is registered. @default what process.env says */
  readonly environment?: SecretEnvironment | undefined;
  /** Of the first secret that is registered. @default as the environment says */
  readonly google?: Google | undefined;
  /** Where the value comes from. @default the reference's object */
  readonly source?: SecretSource<unknown> | undefined;
  /**
   * Of the first secret: whether the plugin answers the probes. An app that answers `/health/startup`, `/health/ready` and
   * `/health/live` itself says false.
   * @default true
   */
  readonly health?: boolean | undefined;
  /** @default by RELOAD_SECONDS */
  readonly times?: ReloadTimes | undefined;
}

/** What all secrets of an app share. */
interface Shared {
  readonly environment: SecretEnvironment;
  readonly google: Google;
  readonly secrets: Map<string, LiveSecret<unknown>>;
}

const sharedKey = Symbol('what all secrets share');

async function secretPlugin(app: FastifyInstance, options: SecretOptions) {
  const { name = 'config' } = options;
  if (!app.hasDecorator('secrets')) await registerFirst(app, options);
  const { environment, google, secrets } = app.getDecorator<Shared>(sharedKey);
  if (secrets.has(name))
    throw new Error(`There is a secret named ${name} already: give each a name of its own.`);
  const source = options.source ?? sourceOf(name, options, environment, google);
  const { maxStaleSeconds } = environment;
  // Not awaited: the process listens at once, and its startup probe says when the secrets are there.
  const secret = new LiveSecret({
    name,
    source,
    times: options.times ?? reloadTimes(environment.reloadSeconds),
    maxStaleMilliseconds: maxStaleSeconds === undefined ? undefined : maxStaleSeconds * 1000,
    log: app.log,
  });
  secrets.set(name, secret);
  Object.assign(app.secrets, { [name]: secret });
  app.upkeep.add(secret);
  const { schema } = options;
  if (schema && keyAges(schema, {}).length > 0) {
    app.upkeep.add(new OverdueValues(name, secret, schema, app.log));
  }
  app.addHook('onClose', async () => secret.close());
}

/** What comes with the first secret: the probes, who the service is, reload at once, an end without losing requests. */
async function registerFirst(app: FastifyInstance, options: SecretOptions): Promise<void> {
  const { environment = readSecretEnvironment(process.env) } = options;
  const { google = connectToGoogle(environment.google) } = options;
  const all: Shared = { environment, google, secrets: new Map() };
  app.decorate(sharedKey, all);
  app.decorate('secrets', {} as Secrets);
  const upkeep = new Upkeep();
  app.decorate('upkeep', upkeep);
  app.addHook('onRequest', (request, _reply, done) => {
    if (!upkeep.isOverdue || request.routeOptions.config?.isProbe) return done();
    upkeep.inRequest().then(() => done(), done);
  });
  const { callers } = environment;
  await app.register(drain);
  await app.register(identity, { google, callers });
  if (options.health !== false) {
    refuseOtherProbes(app);
    await app.register(healthRoutes, { secrets: all.secrets });
  }
  if (callers && (callers.operators.length > 0 || callers.pubsubAccount !== undefined)) {
    // Imported only where it is used: it brings what limits rates.
    const { default: reloadRoutes } = await import('./reload.ts');
    await app.register(reloadRoutes, { callers, secrets: all.secrets });
  }
}

function sourceOf(
  name: string,
  options: SecretOptions,
  environment: SecretEnvironment,
  google: Google,
): SecretSource<unknown> {
  const reference = resolveReference(options.reference ?? referenceOf(name, environment), options.format);
  return google.source(reference, (plaintext) => parseSecret(plaintext, options));
}

function referenceOf(name: string, { reference }: SecretEnvironment): SecretReference | string {
  if (name === 'config' && reference) return reference;
  const variable = name === 'config' ? 'BUCKET_NAME' : secretVariable(name);
  const text = process.env[variable];
  if (name !== 'config' && text !== undefined) return text;
  throw new Error(
    `The secret ${name} is nowhere: ${variable} is not set. Fix: npx cloud-run-identity deploy sets it.`,
  );
}

/** The variable that says where a further secret is: SECRET_TLS for `tls`. */
export function secretVariable(name: string): string {
  return `SECRET_${name.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * Loads a secret, keeps it up to date, and decorates the app with it as `app.secrets.NAME`: to be registered once for each
 * secret.
 */
export default fp(secretPlugin, { name: 'secret', fastify: '5.x' });

export { serverOptions } from './server-options.ts';
