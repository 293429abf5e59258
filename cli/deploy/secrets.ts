import type { Settings } from '../../settings/index.ts';

/** A secret that a deployment must not lose: where the settings want it, and what its first version is made from. */
export interface DeployedSecret {
  /** Name of its service. */
  readonly service: string;
  /** Its name in the service; the first is `config`. */
  readonly name: string;
  readonly format: 'json' | 'text' | 'bytes';
  readonly bucket: string;
  readonly object: string;
  /** Full resource name. */
  readonly key: string;
  /** Absolute path of its ciphertext on this machine, whether it is there or not. */
  readonly file: string;
}

/** Every secret of the settings. */
export function secretsOf({
  bucketName,
  services,
}: Pick<Settings, 'bucketName' | 'services'>): DeployedSecret[] {
  return services.flatMap(({ serviceName, secrets }) =>
    secrets.map(({ name, format, objectName, keyId, encryptedFile }) => ({
      service: serviceName,
      name,
      format,
      bucket: bucketName,
      object: objectName,
      key: keyId,
      file: encryptedFile,
    })),
  );
}
