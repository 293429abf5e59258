import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  connectToGoogle,
  EnvironmentError,
  parseSecret,
  type Secret,
  type SecretShape,
} from '@cloud-run-identity/secrets';
import type { FastifyInstance } from 'fastify';
import type { ServiceApp } from './build-app.ts';
import { readEnvironment, type ServiceEnvironment } from './environment.ts';

/** Exit codes of the process, after sysexits.h; 0 is a stop that was asked for. */
const exitCode = {
  /** A bug. */
  uncaught: 1,
  /** A secret cannot be had; the last line of the log says why. */
  noSecret: 69,
  /** The port cannot be listened on. */
  cannotListen: 71,
  /** The environment is wrong. */
  badEnvironment: 78,
} as const;

// Cloud Run kills 10 seconds after SIGTERM (https://cloud.google.com/run/docs/container-contract).
const drainMilliseconds = 9_000;

/**
 * Runs the service as a process: from its environment to its exit code.
 *
 * @param shape what the first secret is
 * @param load imports an app of yours, a Fastify plugin; called once the loading of the secret is under way
 */
export async function runService(
  shape: SecretShape,
  load: () => Promise<{ readonly default: ServiceApp }>,
): Promise<void> {
  const environment = readEnvironmentOrExit();
  const google = connectToGoogle(environment.google);
  const source = google.source(environment.reference, (plaintext) => parseSecret(plaintext, shape));
  // Loading the app keeps the event loop busy for longer than Google takes to answer, so the asking comes first.
  await nextTurn();
  const { buildApp } = await import('./build-app.ts');
  const { default: app } = await load();
  const built = await buildApp({
    environment,
    shape,
    google,
    source,
    app,
    telemetry: await telemetryOf(environment),
  });
  await run(built, environment);
}

async function run(app: FastifyInstance, environment: ServiceEnvironment): Promise<void> {
  process.on('uncaughtException', (error) => {
    app.log.fatal({ error }, `uncaught: ${error.message}`);
    process.exit(exitCode.uncaught);
  });
  const isStopping = stopOnSignals(app);
  await listen(app, environment);
  const secrets: Readonly<Record<string, Secret>> = { ...app.secrets };
  for (const [name, secret] of Object.entries(secrets)) {
    secret.loaded.catch((error: Error) => {
      if (isStopping()) return;
      app.log.fatal({ error }, `no ${name}: ${error.message}`);
      process.exit(exitCode.noSecret);
    });
  }
}

async function telemetryOf(environment: ServiceEnvironment) {
  if (environment.telemetryEndpoint === undefined) return undefined;
  const { telemetryPlugin } = await import('./telemetry/telemetry.ts');
  return telemetryPlugin(environment.telemetryEndpoint, environment);
}

function readEnvironmentOrExit(): ServiceEnvironment {
  try {
    return readEnvironment(process.env);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    console.log(
      JSON.stringify({ severity: 'CRITICAL', time: new Date().toISOString(), message: error.message }),
    );
    process.exit(exitCode.badEnvironment);
  }
}

/** Drains on SIGTERM and SIGINT: requests in flight are answered, new connections are not taken. */
function stopOnSignals(app: FastifyInstance): () => boolean {
  let isStopping = false;
  const stop = async (signal: NodeJS.Signals) => {
    if (isStopping) return;
    isStopping = true;
    app.log.info(`${signal}: draining`);
    setTimeout(() => {
      app.log.warn(`requests in flight were cut off after ${drainMilliseconds} ms`);
      process.exit(0);
    }, drainMilliseconds).unref();
    await app.close();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  return () => isStopping;
}

async function listen(app: FastifyInstance, { port, google }: ServiceEnvironment): Promise<void> {
  // Cloud Run needs all IPv4 addresses; a local cloud's service must not be open to the local network.
  const host = google.metadataHost ? '127.0.0.1' : '0.0.0.0';
  try {
    await app.listen({ port, host });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const what = code === 'EADDRINUSE' ? `Port ${port} is in use.` : `Port ${port}: ${message}.`;
    app.log.fatal(`${what} Fix: stop what listens there, or set PORT to another port.`);
    process.exit(exitCode.cannotListen);
  }
}
