import { KmsCryptoKey } from '@cdktf/provider-google/lib/kms-crypto-key/index.js';
import { KmsKeyRing } from '@cdktf/provider-google/lib/kms-key-ring/index.js';
import type { ITerraformDependable, TerraformResource } from 'cdktf';
import { Construct } from 'constructs';
import { EncryptionKey } from './encryption-key.ts';
import { LABELS } from './labels.ts';

/** The longest that CIS Google Cloud Platform Foundation Benchmark 1.10 allows: 90 days. */
const ROTATION_PERIOD_SECONDS = 90 * 24 * 60 * 60;

/** A key ring to make. */
export interface KeyRingProps {
  /** 1 to 63 letters, digits, underscores and hyphens. */
  readonly name: string;
  /** `global`, a multi-region or a region. */
  readonly location: string;
  /** @default the provider's project */
  readonly projectId?: string;
  /** @default nothing */
  readonly dependsOn?: ITerraformDependable[];
}

/**
 * Step 2 of the article, one time: a key ring and its keys. Google deletes neither, and a key whose
 * versions are destroyed takes every ciphertext with it, so Terraform refuses to destroy them.
 */
export class KeyRing extends Construct {
  readonly name: string;
  readonly location: string;
  /** As Terraform names it inside its stack, e.g. `google_kms_key_ring.key-ring`. */
  readonly address: string;
  readonly #ring: KmsKeyRing;
  readonly #keys: { readonly name: string; readonly address: string }[] = [];

  constructor(scope: Construct, id: string, props: KeyRingProps) {
    super(scope, id);
    this.#ring = new KmsKeyRing(this, 'Default', {
      name: props.name,
      project: props.projectId,
      location: props.location,
      dependsOn: props.dependsOn,
      lifecycle: { preventDestroy: true },
    });
    this.name = props.name;
    this.location = props.location;
    this.address = addressOf(this.#ring);
  }

  /** The keys that were added, by name and by Terraform's address. */
  get keys(): readonly { readonly name: string; readonly address: string }[] {
    return this.#keys;
  }

  /** Makes a key that encrypts and decrypts. Its earlier versions keep decrypting after a rotation. */
  addKey(id: string, props: { readonly name: string }): EncryptionKey {
    const key = new KmsCryptoKey(this, id, {
      name: props.name,
      keyRing: this.#ring.id,
      purpose: 'ENCRYPT_DECRYPT',
      rotationPeriod: `${ROTATION_PERIOD_SECONDS}s`,
      labels: LABELS,
      lifecycle: { preventDestroy: true },
    });
    this.#keys.push({ name: props.name, address: addressOf(key) });
    return new EncryptionKey(this, `grants-${id}`, { keyId: key.id });
  }
}

function addressOf(resource: TerraformResource): string {
  return `${resource.terraformResourceType}.${resource.friendlyUniqueId}`;
}
