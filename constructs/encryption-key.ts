import { KmsCryptoKeyIamMember } from '@cdktf/provider-google/lib/kms-crypto-key-iam-member/index.js';
import type { TerraformResource } from 'cdktf';
import { Construct } from 'constructs';
import { type Identity, nameOf } from './identity.ts';
import { noteReason } from './review-notes.ts';
import { ROLES, type Role } from './roles.ts';

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
  readonly #grants = new Map<string, TerraformResource>();

  constructor(scope: Construct, id: string, props: EncryptionKeyProps) {
    super(scope, id);
    this.keyId = props.keyId;
  }

  /**
   * Lets the identity decrypt with this key, and nothing else. Granting twice is granting once.
   *
   * @returns the grant, for the service to depend on
   */
  grantDecrypt(identity: Identity): TerraformResource {
    return this.#grant(`${nameOf(identity)}-decrypter`, ROLES.keyDecrypter, identity.member);
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
    return this.#grant(`${agent}-agent`, ROLES.keyEncrypterDecrypter, member);
  }

  #grant(id: string, role: Role, member: string): TerraformResource {
    const made = this.#grants.get(id);
    if (made) return made;
    noteReason(this, role);
    const grant = new KmsCryptoKeyIamMember(this, id, {
      cryptoKeyId: this.keyId,
      role: role.name,
      member,
      // What runs keeps its right until the next revision is ready.
      lifecycle: { createBeforeDestroy: true },
    });
    this.#grants.set(id, grant);
    return grant;
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
