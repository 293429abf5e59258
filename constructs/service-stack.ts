import { TerraformOutput, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import type { ServiceSettings } from '../settings/service-settings.ts';
import type { Settings } from '../settings/settings.ts';
import type { ConfigBucket } from './config-object.ts';
import { encryptionKeyId } from './encryption-key.ts';
import { ExistingBucket } from './existing-bucket.ts';
import { useGoogleProject } from './google-project.ts';
import { mapOutput } from './map-output.ts';
import { PrivateBucket } from './private-bucket.ts';
import { addSecretService, type SecretService } from './secret-service.ts';
import { ServiceImages } from './service-images.ts';
import { keepState } from './state.ts';

/**
 * The bucket and the services with their identities. Destroying it keeps the foundation, and a later deployment
 * brings it back.
 */
export class ServiceStack extends TerraformStack {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    useGoogleProject(this, settings);
    keepState(this, settings);

    const bucket = addBucket(this, settings);
    new TerraformOutput(this, 'bucket_name', { value: bucket.bucketName });

    const images = new ServiceImages(this, 'images', settings);
    const add = (own: Construct, service: ServiceSettings) =>
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

function addBucket(stack: TerraformStack, settings: Settings): ConfigBucket {
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
