import type { Caller, ConfigApis } from '../../secrets/apis.ts';
import type { GoogleClients } from '../../secrets/clients.ts';
import { parseKeyName, type SecretReference } from '../../secrets/reference.ts';
import { clientsOfEnvironment, configApisOfEnvironment } from '../google/environment.ts';
import { withProgress } from '../output/progress.ts';

/** Which secret a command is about; what is not said comes from the settings. */
export interface Target {
  /** Folder of cdktf.json. */
  readonly projectDirectory: string;
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
  /** Project of the key. */
  readonly projectId: string;
  readonly clients: GoogleClients;
}

/**
 * Finds the secret and opens the clients. Google's libraries load while the settings are synthesized in a process of
 * their own; with bucket, object and key given, no settings are needed.
 *
 * @throws CommandError for wrong settings; InvalidArgumentError for a key that is none
 */
export async function openSecret(target: Target): Promise<OpenSecret> {
  const finding = referenceOf(target);
  const loading = Promise.all([import('@google-cloud/kms'), import('@google-cloud/storage')]);
  const [reference] = await Promise.all([finding, loading]);
  const projectId = parseKeyName(reference.key).project;
  return { reference, projectId, clients: await clientsOfEnvironment(projectId) };
}

/**
 * Finds the secret for a command that only reads it, which is what people wait for most often: Google's official
 * clients take longer to load than such a command takes.
 *
 * @throws as openSecret
 */
export async function openSecretToRead(target: Target): Promise<ReadableSecret> {
  const reference = await referenceOf(target);
  return { reference, clients: await configApisOfEnvironment(parseKeyName(reference.key).project) };
}

/**
 * Where the secret is and which key opens it.
 *
 * @throws CommandError for wrong settings
 */
export async function referenceOf(target: Target): Promise<SecretReference> {
  const { bucket, object, key, projectDirectory } = target;
  if (bucket !== undefined && object !== undefined && key !== undefined) return { bucket, object, key };
  const { chooseService, declaredServices } = await import('./services.ts');
  const services = await withProgress('Reading the settings', () => declaredServices(projectDirectory));
  const declared = chooseService(services, target.service);
  return {
    bucket: bucket ?? declared.bucket,
    object: object ?? declared.object,
    key: key ?? declared.key,
  };
}
