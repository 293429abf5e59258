import type { Construct } from 'constructs';
import { CloudRunService } from './cloud-run-service.ts';
import { type ConfigBucket, ConfigObject } from './config-object.ts';
import { DecryptAlert } from './decrypt-alert.ts';
import { EncryptionKey } from './encryption-key.ts';
import { ServiceIdentity } from './service-identity.ts';

/** One service. */
export interface SecretServiceOptions {
  readonly serviceName: string;
  /** The part of the service account's email before the @. */
  readonly serviceAccountName: string;
  readonly objectName: string;
  /** Absolute path of the ciphertext that the first deployment uploads. */
  readonly encryptedConfigFile: string;
  /** Full resource name of the key. */
  readonly keyId: string;
  readonly public: boolean;
  readonly revealValues: boolean;
  readonly minInstances: number;
  readonly maxInstances: number;
}

/** What services share. */
export interface SharedOptions {
  readonly region: string;
  readonly binaryAuthorization?: string;
  readonly decryptAlertChannel?: string;
  readonly vpcSubnetwork?: string;
  readonly vpcEgress: 'all-traffic' | 'private-ranges-only';
  readonly reloadSeconds?: string;
  readonly maxStaleSeconds?: string;
  readonly telemetryEndpoint?: string;
  readonly googleClients: 'direct' | 'official';
}

/** A service to deploy, and what it shares with others. */
export interface SecretServiceProps {
  readonly service: SecretServiceOptions;
  readonly settings: SharedOptions;
  readonly bucket: ConfigBucket;
  /** Full image reference. */
  readonly image: string;
}

/** What was made for a service. */
export interface SecretService {
  readonly identity: ServiceIdentity;
  readonly key: EncryptionKey;
  readonly config: ConfigObject;
  readonly service: CloudRunService;
}

/**
 * Adds a service with its identity, and everything that identity may touch, to a scope of its own; the steps are
 * those of the article. The key is named by its id: no state is read across stacks, and a key made elsewhere
 * works the same.
 */
export function addSecretService(scope: Construct, props: SecretServiceProps): SecretService {
  const { bucket, image, settings, service: own } = props;

  const identity = new ServiceIdentity(scope, 'identity', {
    accountId: own.serviceAccountName,
    displayName: `Cloud Run service ${own.serviceName}`,
  });

  const key = new EncryptionKey(scope, 'key', { keyId: own.keyId });
  const decryptGrant = key.grantDecrypt(identity);

  const config = new ConfigObject(scope, 'config', {
    bucket,
    objectName: own.objectName,
    key,
    encryptedFile: own.encryptedConfigFile,
  });
  const readGrant = bucket.grantRead(identity, config);
  config.uploadAfter(decryptGrant, readGrant);

  const service = new CloudRunService(scope, 'service', {
    name: own.serviceName,
    location: settings.region,
    image,
    identity,
    environment: {
      BUCKET_NAME: bucket.bucketName,
      OBJECT_NAME: config.objectName,
      KMS_KEY_ID: key.keyId,
      PAGE_VALUES: pageValues(own),
      ...optionalEnvironment(settings),
    },
    minInstances: own.minInstances,
    maxInstances: own.maxInstances,
    binaryAuthorization: settings.binaryAuthorization,
    vpcEgress: vpcEgress(settings),
    dependsOn: [decryptGrant, readGrant, config.resource],
  });
  if (own.public) service.allowUnauthenticated();

  if (settings.decryptAlertChannel !== undefined) {
    new DecryptAlert(scope, 'decrypt-alert', {
      serviceName: own.serviceName,
      identity,
      key,
      notificationChannel: settings.decryptAlertChannel,
    });
  }
  return { identity, key, config, service };
}

/** How the page shows the config: everything hidden from the public, secrets masked unless asked otherwise. */
function pageValues(service: SecretServiceOptions): 'hidden' | 'masked' | 'revealed' {
  if (service.public) return 'hidden';
  return service.revealValues ? 'revealed' : 'masked';
}

/** Variables that the service has defaults for, where they were asked for (docs/rotation.md). */
function optionalEnvironment(settings: SharedOptions): Record<string, string> {
  const { reloadSeconds, maxStaleSeconds, telemetryEndpoint, googleClients } = settings;
  return {
    ...(reloadSeconds !== undefined && { RELOAD_SECONDS: reloadSeconds }),
    ...(maxStaleSeconds !== undefined && { MAX_STALE_SECONDS: maxStaleSeconds }),
    ...(telemetryEndpoint !== undefined && { OTEL_EXPORTER_OTLP_ENDPOINT: telemetryEndpoint }),
    ...(googleClients !== 'direct' && { GOOGLE_CLIENTS: googleClients }),
  };
}

function vpcEgress({ vpcSubnetwork, vpcEgress }: SharedOptions) {
  return vpcSubnetwork === undefined ? undefined : { subnetwork: vpcSubnetwork, traffic: vpcEgress };
}
