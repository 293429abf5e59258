import { TerraformOutput, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import type { ConfigBucket } from './config-object.ts';
import { encryptionKeyId } from './encryption-key.ts';
import { ExistingBucket } from './existing-bucket.ts';
import { type GoogleProjectProps, useGoogleProject } from './google-project.ts';
import { mapOutput } from './map-output.ts';
import { PrivateBucket } from './private-bucket.ts';
import {
  addSecretService,
  type SecretService,
  type SecretServiceOptions,
  type SharedOptions,
} from './secret-service.ts';
import { ServiceImages, type ServiceImagesProps } from './service-images.ts';
import { keepState, type StateProps } from './state.ts';

/** What comes and goes. */
export interface ServiceStackProps extends GoogleProjectProps, StateProps, ServiceImagesProps, SharedOptions {
  readonly projectId: string;
  readonly region: string;
  readonly bucketName: string;
  /** Whether the bucket is somebody else's: then it is granted from, and neither made nor changed. @default false */
  readonly isExistingBucket?: boolean;
  readonly keyRingName: string;
  /** Name of the key that the bucket is encrypted with. @default a key of Google's */
  readonly storageKeyName?: string;
  /** The bucket that receives the bucket's usage logs. @default none */
  readonly accessLogBucket?: string;
  /** At least one. */
  readonly services: readonly (SecretServiceOptions & {
    readonly image: string;
    readonly imageName: string;
  })[];
  /** Whether each service has a scope of its own. @default false: there is one */
  readonly isServiceList?: boolean;
}

/**
 * The bucket and the services with their identities. Destroying it keeps the foundation, and a later deployment
 * brings it back.
 */
export class ServiceStack extends TerraformStack {
  constructor(scope: Construct, id: string, settings: ServiceStackProps) {
    super(scope, id);
    useGoogleProject(this, settings);
    keepState(this, settings);

    const bucket = addBucket(this, settings);
    new TerraformOutput(this, 'bucket_name', { value: bucket.bucketName });

    const images = new ServiceImages(this, 'images', settings);
    const add = (own: Construct, service: ServiceStackProps['services'][number]) =>
      outputsOf(addSecretService(own, { service, settings, bucket, image: images.imageOf(service) }));

    const [single] = settings.services;
    if (single && !settings.isServiceList) {
      const outputs = add(this, single);
      for (const [name, value] of Object.entries(outputs)) new TerraformOutput(this, name, { value });
      return;
    }
    const services = new Construct(this, 'services');
    const outputs = settings.services.map((service) => {
      const own = new Construct(services, service.serviceName);
      return [service.serviceName, add(own, service)] as const;
    });
    const output = new TerraformOutput(this, 'services-output', { value: mapOutput(outputs) });
    output.overrideLogicalId('services');
  }
}

function addBucket(stack: TerraformStack, settings: ServiceStackProps): ConfigBucket {
  const { bucketName: name, region, storageKeyName } = settings;
  if (settings.isExistingBucket) return new ExistingBucket(stack, 'bucket', { name });
  const storageKey = { ...settings, keyLocation: region, keyName: storageKeyName ?? '' };
  return new PrivateBucket(stack, 'bucket', {
    name,
    location: region,
    kmsKeyId: storageKeyName === undefined ? undefined : encryptionKeyId(storageKey),
    accessLogBucket: settings.accessLogBucket,
  });
}

function outputsOf({ service, identity, config, key }: SecretService): Record<string, string> {
  return {
    service_url: service.url,
    service_account_email: identity.email,
    object_name: config.objectName,
    kms_key_id: key.keyId,
  };
}
