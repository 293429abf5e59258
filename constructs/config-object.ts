import { relative } from 'node:path';
import { StorageBucketObject } from '@cdktf/provider-google/lib/storage-bucket-object/index.js';
import { Annotations, type TerraformResource, Token } from 'cdktf';
import { Construct } from 'constructs';
import { type EncryptedFile, inspectEncryptedFile } from './encrypted-file.ts';
import type { EncryptionKey } from './encryption-key.ts';
import type { ExistingBucket } from './existing-bucket.ts';
import { pathFromModule } from './path-from-module.ts';
import type { PrivateBucket } from './private-bucket.ts';

/** A bucket that a config object can lie in: one of ours, or one that exists already. */
export type ConfigBucket = PrivateBucket | ExistingBucket;

/** An object of a bucket, and what its first version is made from. */
export interface ConfigObjectProps {
  readonly bucket: ConfigBucket;
  /** 1 to 1024 bytes, slashes included. */
  readonly objectName: string;
  /** The key that the service will decrypt with. */
  readonly key: EncryptionKey;
  /** Absolute path of the ciphertext to upload. It may still be missing at synthesis. */
  readonly encryptedFile: string;
}

/**
 * Step 5 of the article, its second half: the encrypted config in the bucket. Terraform uploads the first version
 * only; later ones are the command line's, and Terraform neither reports nor reverts them.
 */
export class ConfigObject extends Construct {
  /** The bucket that it lies in. */
  readonly bucket: ConfigBucket;
  readonly objectName: string;
  /** For others to depend on. */
  readonly resource: TerraformResource;

  constructor(scope: Construct, id: string, props: ConfigObjectProps) {
    super(scope, id);
    const file = inspectEncryptedFile(props.encryptedFile);
    this.bucket = props.bucket;
    this.objectName = props.objectName;
    this.resource = new StorageBucketObject(this, 'Default', {
      bucket: props.bucket.bucketName,
      name: props.objectName,
      source: pathFromModule(this, props.encryptedFile),
      contentType: 'application/octet-stream',
      cacheControl: 'no-store',
      metadata: objectMetadata(file),
      // Anything less lets Terraform upload the old local file over a newer secret.
      lifecycle: { ignoreChanges: 'all' },
    });
    reportOn(this, props, file);
  }

  /**
   * Uploads the object only when these grants are in place, so that a deployment that may not grant fails
   * before it leaves a secret behind.
   */
  uploadAfter(...grants: TerraformResource[]): void {
    const addresses = grants.map((grant) => `${grant.terraformResourceType}.${grant.friendlyUniqueId}`);
    this.resource.dependsOn = [...(this.resource.dependsOn ?? []), ...addresses];
  }
}

function objectMetadata(file: EncryptedFile): { [key: string]: string } | undefined {
  const isKnown = file.state === 'present' && file.kmsKeyVersion;
  return isKnown ? { 'kms-key-version': file.kmsKeyVersion } : undefined;
}

/** Says at synthesis what would otherwise fail at deployment, with the command that puts it right. */
function reportOn(scope: Construct, { key, encryptedFile }: ConfigObjectProps, file: EncryptedFile): void {
  const path = relative(process.cwd(), encryptedFile);
  // Without the key, the command takes that of the first service.
  const keyOption = Token.isUnresolved(key.keyId) ? '' : ` --key ${key.keyId}`;
  const encrypt = `npm run secrets -- encrypt config.json --out ${path}${keyOption}`;
  const annotations = Annotations.of(scope);
  if (file.state === 'missing') {
    annotations.addWarning(
      `The encrypted config ${path} does not exist yet, and deploying needs it. Make it: ${encrypt}`,
    );
  } else if (file.state === 'unreadable') {
    annotations.addWarning(
      `The encrypted config ${path} cannot be read (${file.reason}), and deploying needs it. ` +
        'Set "encryptedConfigFile" in the context of cdktf.json, or ENCRYPTED_CONFIG_FILE, to a readable file.',
    );
  } else if (file.kmsKeyVersion && !mayBeVersionOf(key, file.kmsKeyVersion)) {
    annotations.addWarning(
      `The encrypted config ${path} was encrypted with ${file.kmsKeyVersion}, but the service decrypts with ` +
        `${key.keyId} and will not start. Encrypt it again: ${encrypt}`,
    );
  }
}

/** A key that the same stack makes has no name yet. */
function mayBeVersionOf(key: EncryptionKey, kmsKeyVersion: string): boolean {
  return Token.isUnresolved(key.keyId) || kmsKeyVersion.startsWith(`${key.keyId}/`);
}
