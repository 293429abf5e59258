import { Construct } from 'constructs';

/** A bucket that encrypted objects can lie in: one of ours, or one that exists already. */
export interface SecretBucket extends Construct {
  /** Its plain name. */
  readonly name: string;
  /** The name as Terraform knows it: whatever uses it waits for a bucket that is made. */
  readonly bucketName: string;
}

/** A bucket that exists already. */
export interface ExistingBucketProps {
  /** Its name is enough: it may be of any project. */
  readonly name: string;
}

/**
 * A bucket that somebody else made and keeps: only the object and the grant on it are ours. Its owner must have
 * turned on uniform bucket-level access, without which Cloud Storage refuses grants with a condition.
 */
export class ExistingBucket extends Construct implements SecretBucket {
  readonly name: string;
  readonly bucketName: string;

  constructor(scope: Construct, id: string, props: ExistingBucketProps) {
    super(scope, id);
    this.name = props.name;
    this.bucketName = props.name;
  }
}
