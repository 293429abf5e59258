import { TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { CloudRunService } from './cloud-run-service.ts';
import { ConfigObject } from './config-object.ts';
import { EncryptionKey, encryptionKeyId } from './encryption-key.ts';
import { useGoogleProject } from './google-project.ts';
import { PrivateBucket } from './private-bucket.ts';
import { ServiceIdentity } from './service-identity.ts';
import type { Settings } from './settings/settings.ts';

/**
 * The service with its identity, and everything that identity may touch; the steps are those of the article.
 * Destroying it keeps the foundation, and a later deployment brings it back. The key is named by its id:
 * no state is read across stacks, and a key made elsewhere works the same.
 */
export class ServiceStack extends TerraformStack {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    useGoogleProject(this, settings);

    const identity = new ServiceIdentity(this, 'identity', {
      accountId: settings.serviceAccountName,
      displayName: `Cloud Run service ${settings.serviceName}`,
    });

    const key = new EncryptionKey(this, 'key', { keyId: encryptionKeyId(settings) });
    const decryptGrant = key.grantDecrypt(identity);

    const bucket = new PrivateBucket(this, 'bucket', {
      name: settings.bucketName,
      location: settings.region,
    });
    const config = new ConfigObject(this, 'config', {
      bucket,
      objectName: settings.objectName,
      key,
      encryptedFile: settings.encryptedConfigFile,
    });
    const readGrant = bucket.grantRead(identity, config);
    config.uploadAfter(decryptGrant, readGrant);

    const service = new CloudRunService(this, 'service', {
      name: settings.serviceName,
      location: settings.region,
      image: settings.image,
      identity,
      environment: {
        BUCKET_NAME: bucket.bucketName,
        OBJECT_NAME: config.objectName,
        KMS_KEY_ID: key.keyId,
        PAGE_VALUES: pageValues(settings),
      },
      dependsOn: [decryptGrant, readGrant, config.resource],
    });
    if (settings.public) service.allowUnauthenticated();

    new TerraformOutput(this, 'service_url', { value: service.url });
    new TerraformOutput(this, 'service_account_email', { value: identity.email });
    new TerraformOutput(this, 'bucket_name', { value: bucket.bucketName });
    new TerraformOutput(this, 'object_name', { value: config.objectName });
    new TerraformOutput(this, 'kms_key_id', { value: key.keyId });
  }
}

/** How the page shows the config: everything hidden from the public, secrets masked unless asked otherwise. */
function pageValues(settings: Settings): 'hidden' | 'masked' | 'revealed' {
  if (settings.public) return 'hidden';
  return settings.revealValues ? 'revealed' : 'masked';
}
