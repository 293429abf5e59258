import { Construct } from 'constructs';
import type { CloudRunOptions } from './cloud-run-annotations.ts';
import { CloudRunService } from './cloud-run-service.ts';
import { DecryptAlert } from './decrypt-alert.ts';
import { EncryptedObject } from './encrypted-object.ts';
import { EncryptionKey } from './encryption-key.ts';
import type { SecretBucket } from './existing-bucket.ts';
import { ExistingIdentity } from './existing-identity.ts';
import type { Identity, RunIdentity } from './identity.ts';
import { KeyRing } from './key-ring.ts';
import type { Platform } from './platform.ts';
import { PrivateBucket } from './private-bucket.ts';
import { assertNames, type SecretVariables, secretVariables } from './secret-variables.ts';
import { ServiceIdentity } from './service-identity.ts';

/** One secret of a service: an object of its own, encrypted with a key of its own. */
export interface SecretProps extends Pick<SecretVariables, 'name' | 'format'> {
  /** Absolute path of the ciphertext that the first deployment uploads. */
  readonly encryptedFile: string;
  /** @default '<service>.enc' for the first secret, '<service>-<secret>.enc' for the others */
  readonly objectName?: string;
  /** Full resource name of a key that exists already. @default a key is made in the service's key ring */
  readonly keyId?: string;
}

/** A service with its secrets. */
export interface SecretServiceProps extends CloudRunOptions {
  /** Up to 49 characters. */
  readonly name: string;
  /** A region: of the service, and of the bucket where one is made. */
  readonly location: string;
  readonly projectId: string;
  /** Full image reference, best with a digest. Its container has to answer `/health/startup` and `/health/live`. */
  readonly image: string;
  /** The first one keeps the variables BUCKET_NAME, OBJECT_NAME and KMS_KEY_ID; each other one has SECRET_NAME. */
  readonly secrets: readonly [SecretProps, ...SecretProps[]];
  /** Name of the service account to make: 6 to 30 characters. @default the service's name */
  readonly serviceAccountName?: string;
  /** Email of a service account that exists already, to run as. @default one is made */
  readonly serviceAccountEmail?: string;
  /** Where the secrets lie; services may share it. @default a PrivateBucket named '<project>-<service>' */
  readonly bucket?: SecretBucket;
  /**
   * Makes the keys of secrets without a `keyId`. @default a ring named '<service>' in `global`. Google never deletes
   * it, and Terraform refuses to destroy it: a stack that is to come and go takes keys from another stack.
   */
  readonly keyRing?: KeyRing;
  /** Variables of the container besides those of the secrets. Not the place for a secret. @default none */
  readonly environment?: Readonly<Record<string, string>>;
  /** Where it runs: `gkePlatform(…).in(namespace)`. @default Cloud Run */
  readonly platform?: Platform;
  /** Whether anyone may invoke the service without signing in. @default false */
  readonly public?: boolean;
  /**
   * `projects/P/notificationChannels/N` that is told when anyone but the service decrypts. The keys' data accesses have
   * to be logged. @default none
   */
  readonly decryptAlertChannel?: string;
}

/**
 * A service that runs as an identity of its own, on Cloud Run or where `platform` says, and everything that this identity may touch: for each
 * secret one object and one key. The steps are those of the article.
 */
export class SecretService extends Construct {
  readonly identity: RunIdentity;
  readonly bucket: SecretBucket;
  /** The secrets by name, in order. */
  readonly secrets: ReadonlyMap<string, EncryptedObject>;
  /** HTTPS address, known once it is deployed. */
  readonly url: string;
  readonly #service: CloudRunService | undefined;

  constructor(scope: Construct, id: string, props: SecretServiceProps) {
    super(scope, id);
    assertNames(this, props.secrets, props.environment);
    const { name, location, projectId } = props;
    this.identity = runIdentity(this, props);
    this.bucket =
      props.bucket ??
      new PrivateBucket(this, 'bucket', { name: `${projectId}-${name}`, projectId, location });

    const keys = keysOf(this, props);
    const secrets = props.secrets.map((secret, index) => {
      const isFirst = index === 0;
      const key = keys(secret, isFirst ? 'key' : `key-${secret.name}`);
      const decrypt = key.grantDecrypt(this.identity);
      const object = new EncryptedObject(this, isFirst ? 'config' : `secret-${secret.name}`, {
        bucket: this.bucket,
        objectName: secret.objectName ?? (isFirst ? `${name}.enc` : `${name}-${secret.name}.enc`),
        key,
        encryptedFile: secret.encryptedFile,
      });
      const read = object.grantRead(this.identity);
      object.uploadAfter(decrypt, read);
      if (props.decryptAlertChannel !== undefined) {
        new DecryptAlert(this, isFirst ? 'decrypt-alert' : `decrypt-alert-${secret.name}`, {
          serviceName: name,
          secretName: isFirst ? undefined : secret.name,
          projectId,
          identity: this.identity,
          key,
          notificationChannel: props.decryptAlertChannel,
        });
      }
      return { ...secret, object, dependsOn: [decrypt, read, object.resource] };
    });
    this.secrets = new Map(secrets.map((secret) => [secret.name, secret.object]));

    const service = {
      ...props,
      identity: this.identity,
      environment: { ...secretVariables(secrets), ...props.environment },
      dependsOn: secrets.flatMap(({ dependsOn }) => dependsOn),
    };
    if (props.platform) {
      this.url = props.platform.addService(this, 'service', service).url;
      return;
    }
    this.#service = new CloudRunService(this, 'service', service);
    if (props.public) this.#service.allowUnauthenticated();
    this.url = this.#service.url;
  }

  /** Lets the identity invoke this service, see {@link CloudRunService.grantInvoke}. */
  grantInvoke(identity: Identity) {
    return this.#onCloudRun().grantInvoke(identity);
  }

  /**
   * Lets this service call another one as itself: it may invoke it, and finds its address and the audience of its ID
   * tokens in the variables CALL_NAME_URL and CALL_NAME_AUDIENCE. Two services cannot call each other so: Terraform
   * would need each before the other.
   */
  addCall(called: SecretService): void {
    called.grantInvoke(this.identity);
    const { name, audience, url } = called.#onCloudRun();
    const variable = `CALL_${name.toUpperCase().replaceAll('-', '_')}`;
    this.#onCloudRun().addEnvironment({ [`${variable}_URL`]: url, [`${variable}_AUDIENCE`]: audience });
  }

  /** @throws Error elsewhere, where IAM does not decide who may call a service */
  #onCloudRun(): CloudRunService {
    if (this.#service) return this.#service;
    throw new Error(
      `${this.node.path} runs on GKE, where IAM does not decide who may call it. ` +
        'Let a NetworkPolicy or a mesh do so, or deploy it to Cloud Run.',
    );
  }
}

function runIdentity(scope: Construct, props: SecretServiceProps): RunIdentity {
  const { name, projectId, serviceAccountEmail: email, serviceAccountName: accountId = name } = props;
  if (email !== undefined) return new ExistingIdentity(scope, 'identity', { email });
  return new ServiceIdentity(scope, 'identity', {
    accountId,
    displayName: `${props.platform ? 'GKE workload' : 'Cloud Run service'} ${name}`,
    projectId,
  });
}

/** Gives each secret its key, and makes a ring only when a key is to be made in it. */
function keysOf(scope: Construct, { name, projectId, keyRing }: SecretServiceProps) {
  let ring = keyRing;
  return ({ keyId, name: secret }: SecretProps, id: string): EncryptionKey => {
    if (keyId !== undefined) return new EncryptionKey(scope, id, { keyId });
    ring ??= new KeyRing(scope, 'key-ring', { name, projectId, location: 'global' });
    return ring.addKey(`${name}-${secret}`, { name: `${name}-${secret}` });
  };
}
