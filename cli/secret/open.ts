import {
  type Caller,
  type ConfigApis,
  type GoogleClients,
  parseKeyName,
  type SecretReference,
} from '@cloud-run-identity/secrets';
import { clientsOfEnvironment, configApisOfEnvironment } from '../google/environment.ts';
import type { Io } from '../io.ts';

/** Which secret a command is about; what is not said comes from the settings. */
export interface Target {
  readonly bucket?: string | undefined;
  readonly object?: string | undefined;
  /** Full resource name of the key. */
  readonly key?: string | undefined;
  /** Name of one of several services in the settings. */
  readonly service?: string | undefined;
}

/** A secret that a command reads. */
export interface ReadableSecret {
  readonly reference: SecretReference;
  readonly clients: ConfigApis & Caller;
}

/** A secret that a command works on. */
export interface OpenSecret extends ReadableSecret {
  readonly io: Io;
  /** Project of the key. */
  readonly projectId: string;
  readonly clients: GoogleClients;
}

/**
 * Finds the secret and opens the clients. With bucket, object and key given, no settings are needed.
 *
 * @throws CommandError for wrong settings; InvalidArgumentError for a key that is none
 */
export async function openSecret(io: Io, target: Target): Promise<OpenSecret> {
  const reference = await referenceOf(io, target);
  const projectId = parseKeyName(reference.key).project;
  return { io, reference, projectId, clients: await clientsOfEnvironment(io.environment, projectId) };
}

/**
 * Finds the secret for a command that only reads it, which is what people wait for most often: Google's official
 * clients take longer to load than such a command takes.
 *
 * @throws as openSecret
 */
export async function openSecretToRead(io: Io, target: Target): Promise<ReadableSecret> {
  const reference = await referenceOf(io, target);
  return {
    reference,
    clients: await configApisOfEnvironment(io.environment, parseKeyName(reference.key).project),
  };
}

/**
 * Where the secret is and which key opens it.
 *
 * @throws CommandError for wrong settings
 */
export async function referenceOf(io: Io, target: Target): Promise<SecretReference> {
  const { bucket, object, key } = target;
  if (bucket !== undefined && object !== undefined && key !== undefined) return { bucket, object, key };
  const { chooseService, declaredServices } = await import('./services.ts');
  const declared = chooseService(declaredServices(io), target.service);
  return {
    bucket: bucket ?? declared.bucket,
    object: object ?? declared.object,
    key: key ?? declared.key,
  };
}
