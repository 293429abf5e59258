import type { Construct } from 'constructs';
import type { EncryptedObject } from './encrypted-object.ts';

/** A secret as its service finds it. */
export interface SecretVariables {
  /** 1 to 31 lowercase letters, digits and hyphens, starting with a letter; unique in the service. */
  readonly name: string;
  /** What is in it. @default 'json' */
  readonly format?: 'json' | 'text' | 'bytes';
  readonly object: EncryptedObject;
}

const NAME = /^[a-z][a-z0-9-]{0,30}$/;

/** Variables that a service gets from Cloud Run or from these constructs. */
const RESERVED =
  /^(?:BUCKET_NAME|OBJECT_NAME|KMS_KEY_ID|SECRET_.*|CALL_.*_(?:URL|AUDIENCE)|TOKEN_AUDIENCE|PORT|K_[A-Z]+)$/;

/** @throws Error when a secret's name is malformed or comes twice, or a variable is one that others set */
export function assertNames(
  scope: Construct,
  secrets: readonly { readonly name: string }[],
  environment: Readonly<Record<string, string>> = {},
): void {
  const names = secrets.map(({ name }) => name);
  const wrong = names.filter((name, index) => !NAME.test(name) || names.indexOf(name) !== index);
  const taken = Object.keys(environment).filter((name) => RESERVED.test(name));
  const problems = [
    ...wrong.map(
      (name) => `${JSON.stringify(name)} is no name for a secret: lowercase, and once in a service`,
    ),
    ...taken.map((name) => `the variable ${name} is set by Cloud Run or by the secrets`),
  ];
  if (problems.length > 0) throw new Error(`${scope.node.path}: ${problems.join('; ')}.`);
}

/**
 * The variables that name a service's secrets. The first secret has those of the article; each other one is a single
 * variable, SECRET_NAME, with a reference that a reviewer can read:
 * `gs://BUCKET/OBJECT?key=projects/P/locations/L/keyRings/R/cryptoKeys/K&format=text`.
 */
export function secretVariables(secrets: readonly SecretVariables[]): Record<string, string> {
  const variables = secrets.flatMap((secret, index) => {
    const { name, object, format = 'json' } = secret;
    const { bucket, objectName, key } = object;
    if (index === 0) {
      return [
        ['BUCKET_NAME', bucket.bucketName],
        ['OBJECT_NAME', objectName],
        ['KMS_KEY_ID', key.keyId],
      ];
    }
    const reference = `gs://${bucket.bucketName}/${objectName}?key=${key.keyId}`;
    const variable = `SECRET_${name.toUpperCase().replaceAll('-', '_')}`;
    return [[variable, format === 'json' ? reference : `${reference}&format=${format}`]];
  });
  return Object.fromEntries(variables);
}
