import path from 'node:path';
import { readProjectSettings } from '../../settings/index.ts';
import type { Workload } from '../checks/kubernetes.ts';
import { CommandError } from '../errors.ts';
import type { Io } from '../io.ts';
import { projectDirectoryOf } from '../project-directory.ts';
import type { SecretFormat } from './target.ts';

/** One of a service's secrets. */
export interface DeclaredSecret {
  readonly secret: string;
  readonly format: SecretFormat;
  readonly bucket: string;
  readonly object: string;
  /** Full resource name of the key that it is decrypted with. */
  readonly key: string;
  /** Path of the ciphertext that the first deployment uploads, from the folder where the command runs. */
  readonly encryptedFile: string;
}

/** A service with one of its secrets, as the settings declare it. */
export interface DeclaredService extends DeclaredSecret {
  readonly name: string;
  readonly projectId: string;
  readonly region: string;
  /** Email of the service account that it runs as. */
  readonly identity: string;
  /** Where it runs on GKE; undefined on Cloud Run. */
  readonly workload?: Workload | undefined;
  /** Whether anyone may invoke it. */
  readonly isPublic: boolean;
  /** Between two looks for a new secret; undefined for the service's default. */
  readonly reloadSeconds?: number | undefined;
  /** For how long a secret is used that could not be confirmed to be the newest; undefined for ever. */
  readonly maxStaleSeconds?: number | undefined;
}

/**
 * Every secret of every service that the settings (cdktf.json and environment) declare, as a deployment reads them.
 *
 * @throws SettingsError with everything that is wrong with the settings; CommandError when there are none
 */
export function declaredServices(io: Pick<Io, 'cwd' | 'environment'>): DeclaredService[] {
  const settings = readProjectSettings(projectDirectoryOf(io), io.environment);
  const { projectId, region, bucketName: bucket, reloadSeconds, maxStaleSeconds } = settings;
  const { cluster, kubeContext } = settings;
  const workloadOf = ({ platform, namespace, serviceName }: (typeof settings.services)[number]) =>
    platform === 'gke' && cluster !== undefined
      ? { namespace: namespace ?? serviceName, cluster, kubeContext }
      : undefined;
  return settings.services.flatMap((service) =>
    service.secrets.map((secret) => ({
      name: service.serviceName,
      workload: workloadOf(service),
      projectId,
      region,
      identity: `${service.serviceAccountName}@${projectId}.iam.gserviceaccount.com`,
      isPublic: service.public,
      reloadSeconds,
      maxStaleSeconds,
      secret: secret.name,
      format: secret.format,
      bucket,
      object: secret.objectName,
      key: secret.keyId,
      encryptedFile: path.relative(io.cwd, secret.encryptedFile),
    })),
  );
}

/** Which of the services, and which of its secrets. */
export interface Choice {
  /** @default the only one */
  readonly service?: string | undefined;
  /** @default the first, `config` */
  readonly secret?: string | undefined;
}

/**
 * Chooses a service and one of its secrets.
 *
 * @throws CommandError that lists what there is, when there is none of that name, or several services and no name
 */
export function chooseSecret(
  declared: readonly DeclaredService[],
  { service, secret }: Choice = {},
): DeclaredService {
  const services = [...new Set(declared.map(({ name }) => name))];
  const name = service ?? (services.length === 1 ? services[0] : undefined);
  const secrets = declared.filter((one) => one.name === name);
  const [first] = secrets;
  if (!first) {
    const problem =
      service === undefined ? 'The settings have several services' : `There is no service ${service}`;
    throw new CommandError(`${problem}: choose one of ${services.join(', ')} with --service.`);
  }
  const chosen = secret === undefined ? first : secrets.find((one) => one.secret === secret);
  if (chosen) return chosen;
  throw new CommandError(
    `The service ${name} has no secret ${secret}: choose one of ${secrets.map((one) => one.secret).join(', ')} with --secret.`,
  );
}
