import {
  type Caller,
  type ConfigApis,
  type GoogleClients,
  parseKeyName,
  type SecretReference,
} from '@cloud-run-identity/secrets';
import { commandFor } from '../advice.ts';
import { clientsOfEnvironment, configApisOfEnvironment } from '../google/environment.ts';
import type { Io } from '../io.ts';
import type { DeclaredService } from './services.ts';
import type { SecretFormat, Target } from './target.ts';

/** Where a secret is, which key opens it, and what is in it. */
export interface FoundSecret {
  readonly io: Io;
  /** What was said of it on the command line. */
  readonly target: Target;
  /** `config` where it is a service's first one, or has no name. */
  readonly name: string;
  readonly format: SecretFormat;
  readonly reference: SecretReference;
  /** Path of the ciphertext that the first deployment uploads, where the settings were read. */
  readonly encryptedFile?: string;
  /** Whose it is, where the settings were read. */
  readonly declared?: DeclaredService;
}

/** A secret that a command reads. */
export interface ReadableSecret extends FoundSecret {
  readonly clients: ConfigApis & Caller;
}

/** A secret that a command works on. */
export interface OpenSecret extends ReadableSecret {
  /** Project of the key. */
  readonly projectId: string;
  readonly clients: GoogleClients;
}

/** The name of a service's first secret. */
export const FIRST_SECRET = 'config';

/**
 * Finds the secret and opens the clients. With bucket, object and key given, no settings are needed.
 *
 * @throws CommandError, SettingsError for wrong settings; InvalidArgumentError for a key that is none
 */
export async function openSecret(io: Io, target: Target): Promise<OpenSecret> {
  const found = await findSecret(io, target);
  const projectId = parseKeyName(found.reference.key).project;
  return { ...found, projectId, clients: await clientsOfEnvironment(io.environment, projectId) };
}

/**
 * Finds the secret for a command that only reads it, which is what people wait for most often: Google's official
 * clients take longer to load than such a command takes.
 *
 * @throws as openSecret
 */
export async function openSecretToRead(io: Io, target: Target): Promise<ReadableSecret> {
  const found = await findSecret(io, target);
  const projectId = parseKeyName(found.reference.key).project;
  return { ...found, clients: await configApisOfEnvironment(io.environment, projectId) };
}

/**
 * Where the secret is, which key opens it, and what is in it.
 *
 * @throws CommandError, SettingsError for wrong settings
 */
export async function findSecret(io: Io, target: Target): Promise<FoundSecret> {
  const { bucket, object, key, format } = target;
  const name = target.secret ?? FIRST_SECRET;
  if (bucket !== undefined && object !== undefined && key !== undefined) {
    return { io, target, name, format: format ?? 'json', reference: { bucket, object, key } };
  }
  const { chooseSecret, declaredServices } = await import('./services.ts');
  const declared = chooseSecret(declaredServices(io), target);
  return {
    io,
    target,
    name,
    format: format ?? declared.format,
    encryptedFile: declared.encryptedFile,
    declared,
    reference: {
      bucket: bucket ?? declared.bucket,
      object: object ?? declared.object,
      key: key ?? declared.key,
    },
  };
}

/** A command on the same secret, to be pasted. */
export function commandOn({ target }: Pick<FoundSecret, 'target'>, ...words: readonly string[]): string {
  return commandFor(target, ...words);
}
