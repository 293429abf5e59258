import type { TerraformResource } from 'cdktf';
import { Construct } from 'constructs';
import type { ConfigObject } from './config-object.ts';
import { grantReadObject } from './object-grant.ts';
import type { Identity } from './service-identity.ts';

/** A bucket that exists already. */
export interface ExistingBucketProps {
  /** Its name is enough: it may be of any project. */
  readonly name: string;
}

/**
 * A bucket that somebody else made and keeps: only the object and the grant on it are ours. Its owner must have
 * turned on uniform bucket-level access, without which Cloud Storage refuses grants with a condition.
 */
export class ExistingBucket extends Construct {
  readonly bucketName: string;

  constructor(scope: Construct, id: string, props: ExistingBucketProps) {
    super(scope, id);
    this.bucketName = props.name;
  }

  /**
   * Lets the identity read this object, and no other.
   *
   * @returns the grant, for the service to depend on
   * @throws Error when the object lies in another bucket
   */
  grantRead(identity: Identity, object: ConfigObject): TerraformResource {
    return grantReadObject(this, this.bucketName, identity, object);
  }
}
