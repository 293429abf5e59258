import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { loggerOptions } from '../secrets/fastify/logger.ts';
import { EnvironmentError, readEnvironment, type ServiceConfig } from './config.ts';
import { connectToGoogle } from '../secrets/live/google.ts';

/** Exit codes of the process, after sysexits.h; 0 is a stop that was asked for. */
const exitCode = {
  /** A bug. */
  uncaught: 1,
  /** The config cannot be had; the last line of the log says why. */
  noConfig: 69,
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
 * @param extend adds plugins and routes of an app of yours, before the process listens. @default none
 */
export async function runService(extend?: (app: FastifyInstance) => Promise<void>): Promise<void> {
  const config = readEnvironmentOrExit();
  const google = connectToGoogle(config);
  // Loading the app keeps the event loop busy for longer than Google takes to answer, so the asking comes first.
  await nextTurn();
  const { buildApp } = await import('./app.ts');
  const logger = { ...loggerOptions, level: config.logLevel };
  const app = await buildApp({ config, ...google, logger, telemetry: await telemetryOf(config) });
  process.on('uncaughtException', (error) => {
    app.log.fatal({ error }, `uncaught: ${error.message}`);
    process.exit(exitCode.uncaught);
  });
  const isStopping = stopOnSignals(app);
  await extend?.(app);
  await listen(app, config);
  await app.secret.loaded.catch((error: Error) => {
    if (isStopping()) return;
    app.log.fatal({ error }, `no config: ${error.message}`);
    process.exit(exitCode.noConfig);
  });
}

async function telemetryOf(config: ServiceConfig) {
  if (config.telemetryEndpoint === undefined) return undefined;
  const { telemetryPlugin } = await import('./telemetry/telemetry.ts');
  return telemetryPlugin(config.telemetryEndpoint, config);
}

function readEnvironmentOrExit(): ServiceConfig {
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

async function listen(app: FastifyInstance, { port, metadataHost }: ServiceConfig): Promise<void> {
  // Cloud Run needs all IPv4 addresses; a local cloud's service must not be open to the local network.
  const host = metadataHost ? '127.0.0.1' : '0.0.0.0';
  try {
    await app.listen({ port, host });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const what = code === 'EADDRINUSE' ? `Port ${port} is in use.` : `Port ${port}: ${message}.`;
    app.log.fatal(`${what} Fix: stop what listens there, or set PORT to another port.`);
    process.exit(exitCode.cannotListen);
  }
}
