import { KmsCryptoKeyIamMember } from '@cdktf/provider-google/lib/kms-crypto-key-iam-member/index.js';
import type { TerraformResource } from 'cdktf';
import { Construct } from 'constructs';
import { noteReason } from './review-notes.ts';
import { ROLES } from './roles.ts';
import type { Identity } from './service-identity.ts';

/** A key that exists already. */
export interface EncryptionKeyProps {
  /** `projects/P/locations/L/keyRings/R/cryptoKeys/K`, see {@link encryptionKeyId}. */
  readonly keyId: string;
}

/**
 * Steps 2 and 3 of the article: a Cloud KMS key that exists already, whoever made it (the foundation
 * stack, a platform team, gcloud), and who may decrypt with it.
 */
export class EncryptionKey extends Construct {
  /** Full resource name of the key. */
  readonly keyId: string;

  constructor(scope: Construct, id: string, props: EncryptionKeyProps) {
    super(scope, id);
    this.keyId = props.keyId;
  }

  /**
   * Lets the identity decrypt with this key, and nothing else.
   *
   * @returns the grant, for the service to depend on
   */
  grantDecrypt(identity: Identity): TerraformResource {
    noteReason(this, ROLES.keyDecrypter);
    return new KmsCryptoKeyIamMember(this, `${identity.accountId}-decrypter`, {
      cryptoKeyId: this.keyId,
      role: ROLES.keyDecrypter.name,
      member: identity.member,
    });
  }

  /**
   * Lets an agent of Google's encrypt and decrypt what it stores for us with this key. Never with the key of a
   * secret.
   *
   * @param agent name of the agent's service, e.g. `cloud-storage`
   * @param member the agent as IAM policies write it
   * @returns the grant, for what is stored to depend on
   */
  grantServiceAgent(agent: string, member: string): TerraformResource {
    noteReason(this, ROLES.keyEncrypterDecrypter);
    return new KmsCryptoKeyIamMember(this, `${agent}-agent`, {
      cryptoKeyId: this.keyId,
      role: ROLES.keyEncrypterDecrypter.name,
      member,
    });
  }
}

/** The full resource name of a key, the same before and after it is made. */
export function encryptionKeyId(key: {
  readonly projectId: string;
  readonly keyLocation: string;
  readonly keyRingName: string;
  readonly keyName: string;
}): string {
  const ring = `projects/${key.projectId}/locations/${key.keyLocation}/keyRings/${key.keyRingName}`;
  return `${ring}/cryptoKeys/${key.keyName}`;
}
