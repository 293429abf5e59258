import type { GoogleClients } from '@cloud-run-identity/secrets';
import type { Environment } from '../io.ts';
import type { DeclaredService } from '../secret/services.ts';
import type { KubernetesGet } from './kubernetes.ts';

/** A deployment that is looked at: what is declared, and who looks. */
export interface Deployment {
  readonly declared: DeclaredService;
  readonly clients: GoogleClients;
  readonly environment: Environment;
  /** Folder that the command runs in. */
  readonly cwd: string;
  /** Where the service answers, when it is not to be asked at its own address. */
  readonly url?: string | undefined;
  /** Asks the cluster of a workload on GKE; undefined for a service on Cloud Run. */
  readonly kubernetes?: KubernetesGet | undefined;
}

/** IAM member of the identity that the service runs as. */
export function memberOf({ declared }: Pick<Deployment, 'declared'>): string {
  return `serviceAccount:${declared.identity}`;
}

/** The object's full resource name (https://cloud.google.com/iam/docs/full-resource-names). */
export function objectName({ bucket, object }: Pick<DeclaredService, 'bucket' | 'object'>): string {
  return `${bucketName({ bucket })}/objects/${object}`;
}

/** The bucket's full resource name. */
export function bucketName({ bucket }: Pick<DeclaredService, 'bucket'>): string {
  return `//storage.googleapis.com/projects/_/buckets/${bucket}`;
}

/** The end of a resource name, by which people know it: collection and id. */
export function shortName(name: string): string {
  return /objects\/.+$/.exec(name)?.[0] ?? name.split('/').slice(-2).join('/');
}

/** What mends a deployment that is not as it is declared. */
export const DEPLOY = 'npx cloud-run-identity deploy';

/**
 * In what a deployed service departs from its declaration: identity and where its secret is.
 *
 * @param identity email of who it runs as
 * @param variables of its first container
 */
export function differencesFrom(
  declared: DeclaredService,
  identity: string | undefined,
  variables: readonly { readonly name: string; readonly value?: string }[] = [],
): string[] {
  const variable = (name: string) => variables.find((one) => one.name === name)?.value;
  const pairs = [
    ['it runs as', identity, declared.identity],
    ['BUCKET_NAME is', variable('BUCKET_NAME'), declared.bucket],
    ['OBJECT_NAME is', variable('OBJECT_NAME'), declared.object],
    ['KMS_KEY_ID is', variable('KMS_KEY_ID'), declared.key],
  ] as const;
  return pairs
    .filter(([, actual, expected]) => actual !== expected)
    .map(([what, actual = 'not set', expected]) => `${what} ${actual}, not ${expected}`);
}
