import { relative } from 'node:path';
import { StorageBucketIamMember } from '@cdktf/provider-google/lib/storage-bucket-iam-member/index.js';
import { StorageBucketObject } from '@cdktf/provider-google/lib/storage-bucket-object/index.js';
import { Annotations, type TerraformResource, Token } from 'cdktf';
import { Construct } from 'constructs';
import { type EncryptedFile, inspectEncryptedFile } from './encrypted-file.ts';
import type { EncryptionKey } from './encryption-key.ts';
import type { SecretBucket } from './existing-bucket.ts';
import { type Identity, nameOf } from './identity.ts';
import { pathFromModule } from './path-from-module.ts';
import { noteReason } from './review-notes.ts';
import { ROLES } from './roles.ts';

/** An object of a bucket, and what its first version is made from. */
export interface EncryptedObjectProps {
  readonly bucket: SecretBucket;
  /** 1 to 1024 bytes, slashes included. */
  readonly objectName: string;
  /** The key that the service will decrypt with. */
  readonly key: EncryptionKey;
  /** Absolute path of the ciphertext to upload. It may still be missing at synthesis. */
  readonly encryptedFile: string;
}

/**
 * Step 5 of the article, its second half: an encrypted secret in the bucket. Terraform uploads the first version
 * only; later ones are the command line's, and Terraform neither reports nor reverts them.
 */
export class EncryptedObject extends Construct {
  /** The bucket that it lies in. */
  readonly bucket: SecretBucket;
  readonly objectName: string;
  /** The key that it is encrypted with. */
  readonly key: EncryptionKey;
  /** For others to depend on. */
  readonly resource: TerraformResource;
  readonly #grants = new Map<string, TerraformResource>();

  constructor(scope: Construct, id: string, props: EncryptedObjectProps) {
    super(scope, id);
    const file = inspectEncryptedFile(props.encryptedFile);
    this.bucket = props.bucket;
    this.objectName = props.objectName;
    this.key = props.key;
    this.resource = new StorageBucketObject(this, 'Default', {
      bucket: props.bucket.bucketName,
      name: props.objectName,
      source: pathFromModule(this, props.encryptedFile),
      contentType: 'application/octet-stream',
      cacheControl: 'no-store',
      metadata: objectMetadata(file),
      // Taken out of the configuration, or replaced, it stays in the bucket.
      deletionPolicy: 'ABANDON',
      // Anything less lets Terraform upload the old local file over a newer secret.
      lifecycle: { ignoreChanges: 'all' },
    });
    reportOn(this, props, file);
  }

  /**
   * Lets the identity read this object, and no other. Granting twice is granting once. IAM conditions see an object by
   * its resource name, https://cloud.google.com/iam/docs/conditions-resource-attributes#resource-name.
   *
   * @returns the grant, for the service to depend on
   */
  grantRead(identity: Identity): TerraformResource {
    const reader = nameOf(identity);
    const grant = this.#grants.get(reader) ?? this.#grantRead(reader, identity.member);
    this.#grants.set(reader, grant);
    return grant;
  }

  #grantRead(reader: string, member: string): TerraformResource {
    noteReason(this, ROLES.objectViewer);
    // By reference: a bucket that stays where it is keeps its name in the condition, too.
    const name = `projects/_/buckets/${this.bucket.bucketName}/objects/${this.objectName}`;
    // It is a grant on the bucket, and in the bucket's scope. There, one identity may read objects of two services.
    const short = `${reader}-reads-${this.node.id}`;
    const isTaken = this.bucket.node.tryFindChild(short) !== undefined;
    const id = isTaken ? `${reader}-reads-${this.node.path.split('/').slice(1).join('-')}` : short;
    return new StorageBucketIamMember(this.bucket, id, {
      bucket: this.bucket.bucketName,
      role: ROLES.objectViewer.name,
      member,
      lifecycle: { createBeforeDestroy: true },
      condition: {
        title: 'one-object',
        description: 'The object that the expression names, and no other',
        // JSON's string escapes are CEL's, so that a quote in the name cannot end the literal.
        expression: `resource.name == ${JSON.stringify(name)}`,
      },
    });
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
  if (file.state !== 'present' || !file.kmsKeyVersion) return undefined;
  const { kmsKeyVersion, keysChanged } = file;
  return { 'kms-key-version': kmsKeyVersion, ...(keysChanged && { 'keys-changed': keysChanged }) };
}

/** Says at synthesis what would otherwise fail at deployment, with the command that puts it right. */
function reportOn(scope: Construct, { key, encryptedFile }: EncryptedObjectProps, file: EncryptedFile): void {
  const path = relative(process.cwd(), encryptedFile);
  // Without the key, the command takes that of the first service.
  const keyOption = Token.isUnresolved(key.keyId) ? '' : ` --key ${key.keyId}`;
  const encrypt = `npx cloud-run-identity encrypt config.json --out ${path}${keyOption}`;
  const annotations = Annotations.of(scope);
  if (file.state === 'missing') {
    annotations.addWarning(
      `The encrypted file ${path} does not exist yet, and a first deployment needs it. Make it: ${encrypt}`,
    );
  } else if (file.state === 'unreadable') {
    annotations.addWarning(
      `The encrypted file ${path} cannot be read (${file.reason}), and a first deployment needs it. ` +
        'Name a readable file in the settings or props.',
    );
  } else if (file.kmsKeyVersion && !mayBeVersionOf(key, file.kmsKeyVersion)) {
    annotations.addWarning(
      `The encrypted file ${path} was encrypted with ${file.kmsKeyVersion}, but the service decrypts with ` +
        `${key.keyId} and will not start. Encrypt it again: ${encrypt}`,
    );
  }
}

/** A key that the same stack makes has no name yet. */
function mayBeVersionOf(key: EncryptionKey, kmsKeyVersion: string): boolean {
  return Token.isUnresolved(key.keyId) || kmsKeyVersion.startsWith(`${key.keyId}/`);
}
