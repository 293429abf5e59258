import {
  EnvironmentError,
  readSecretEnvironment,
  type SecretEnvironment,
  secretVariableProblems,
  type Variable,
  variableProblems,
} from '@cloud-run-identity/secrets';
import { portPattern } from './port.ts';

/** What the page shows: secrets masked (`masked`), every value masked (`hidden`), nothing (`revealed`). */
export type PageValues = 'masked' | 'hidden' | 'revealed';

/** The service's environment, checked. */
export interface ServiceEnvironment extends SecretEnvironment {
  readonly reference: NonNullable<SecretEnvironment['reference']>;
  readonly pageValues: PageValues;
  /** Base address of an OpenTelemetry collector; undefined for no telemetry. */
  readonly telemetryEndpoint: string | undefined;
  /** Least severity of what is logged, as Fastify names it. */
  readonly logLevel: string;
  /** Port to listen on. */
  readonly port: number;
  /** Name of the Cloud Run service; undefined outside of Cloud Run. */
  readonly service: string | undefined;
  /** Name of the Cloud Run revision, or of the Pod; undefined outside of both. */
  readonly revision: string | undefined;
}

/**
 * What the service reads besides what its secrets need: PAGE_VALUES is set by the deployment, the collector and the log
 * level when it is asked to, PORT and K_* by Cloud Run
 * (https://cloud.google.com/run/docs/container-contract#env-vars).
 */
export const ownVariables: Readonly<Record<string, Variable>> = {
  PAGE_VALUES: { enum: ['masked', 'hidden', 'revealed'], description: 'masked, hidden or revealed' },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    pattern: '^https?://[^\\s/?#]+[^\\s?#]*$',
    description: 'the http or https address of an OpenTelemetry collector',
  },
  LOG_LEVEL: {
    enum: ['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
    description: 'trace, debug, info, warn, error or fatal',
  },
  PORT: { pattern: portPattern, description: 'a port number from 1 to 65535' },
};

/** By this option of its Node, the image's entry says that it is hardened (service/Dockerfile). */
const hardened = '--disable-sigusr1';

/** What would open the image's process from outside: options of Node load code into it, or let a debugger in. */
function hardeningProblems(variables: NodeJS.ProcessEnv, nodeOptions: readonly string[]): string[] {
  if (!nodeOptions.includes(hardened)) return [];
  const set = ['NODE_OPTIONS', 'NODE_REPL_EXTERNAL_MODULE'].filter((name) => variables[name]);
  const inspectors = nodeOptions.filter((option) => option.startsWith('--inspect'));
  return [
    ...set.map((name) => `${name} is set: in the image it must not be, since it changes what runs`),
    ...inspectors.map((option) => `Node was started with ${option}: in the image nobody may debug`),
  ];
}

/**
 * Reads the environment.
 *
 * @param nodeOptions with which this process was started
 *
 * @throws EnvironmentError with all problems at once: what was got, what is allowed, how to fix it
 */
export function readEnvironment(
  variables: NodeJS.ProcessEnv,
  nodeOptions: readonly string[] = process.execArgv,
): ServiceEnvironment {
  const problems = [
    ...hardeningProblems(variables, nodeOptions),
    ...secretVariableProblems(variables, true),
    ...variableProblems(ownVariables, [], variables),
  ];
  if (problems.length > 0) throw new EnvironmentError(problems);
  const { reference, ...secrets } = readSecretEnvironment(variables);
  if (!reference) throw new Error('The reference was checked, and is not there.');
  return Object.freeze({
    ...secrets,
    reference,
    pageValues: (variables.PAGE_VALUES as PageValues | undefined) ?? 'masked',
    telemetryEndpoint: variables.OTEL_EXPORTER_OTLP_ENDPOINT?.replace(/\/+$/, ''),
    logLevel: variables.LOG_LEVEL ?? 'info',
    port: Number(variables.PORT ?? 8080),
    service: variables.K_SERVICE ?? variables.SERVICE_NAME,
    revision: variables.K_REVISION ?? variables.SERVICE_REVISION,
  });
}
