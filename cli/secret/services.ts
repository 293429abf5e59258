import { readProjectSettings } from '../../settings/index.ts';
import { CommandError } from '../errors.ts';
import type { Io } from '../io.ts';
import { projectDirectoryOf } from '../project-directory.ts';

/** A service with its secret, as the settings declare it. */
export interface DeclaredService {
  readonly name: string;
  readonly projectId: string;
  readonly region: string;
  /** Email of the service account that it runs as. */
  readonly identity: string;
  readonly bucket: string;
  readonly object: string;
  /** Full resource name of the key that it decrypts with. */
  readonly key: string;
  /** Whether anyone may invoke it. */
  readonly isPublic: boolean;
}

/**
 * The services that the settings (cdktf.json and environment) declare, as a deployment reads them.
 *
 * @throws SettingsError with everything that is wrong with the settings; CommandError when there are none
 */
export function declaredServices(io: Pick<Io, 'cwd' | 'environment'>): DeclaredService[] {
  const settings = readProjectSettings(projectDirectoryOf(io), io.environment);
  const { projectId, region, bucketName: bucket } = settings;
  return settings.services.map((service) => ({
    name: service.serviceName,
    projectId,
    region,
    identity: `${service.serviceAccountName}@${projectId}.iam.gserviceaccount.com`,
    bucket,
    object: service.objectName,
    key: service.keyId,
    isPublic: service.public,
  }));
}

/**
 * Chooses the one service of that name, or the only one.
 *
 * @throws CommandError that lists the services when there is none of that name, or several and no name
 */
export function chooseService(services: readonly DeclaredService[], name?: string): DeclaredService {
  const [only, ...others] = services;
  const chosen = name === undefined && others.length === 0 ? only : services.find((one) => one.name === name);
  if (chosen) return chosen;
  const names = services.map((one) => one.name).join(', ');
  const problem = name === undefined ? 'The settings have several services' : `There is no service ${name}`;
  throw new CommandError(`${problem}: choose one of ${names} with --service.`);
}
