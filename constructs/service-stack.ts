import { TerraformOutput, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import type { CloudRunOptions } from './cloud-run-annotations.ts';
import { encryptionKeyId } from './encryption-key.ts';
import { ExistingBucket, type SecretBucket } from './existing-bucket.ts';
import { type GoogleProjectProps, useGoogleProject } from './google-project.ts';
import { mapOutput } from './map-output.ts';
import type { Platform } from './platform.ts';
import { PrivateBucket } from './private-bucket.ts';
import { type SecretProps, SecretService } from './secret-service.ts';
import { ServiceImages, type ServiceImagesProps } from './service-images.ts';
import { keepState, type StateProps } from './state.ts';

/** One service of the stack. */
export interface StackServiceProps extends CloudRunOptions {
  readonly serviceName: string;
  /** Full image reference; without a meaning where the image is built. */
  readonly image: string;
  /** Name of the image in the image repository. */
  readonly imageName: string;
  readonly serviceAccountName: string;
  /** An account that exists already, instead. @default one is made */
  readonly serviceAccountEmail?: string;
  /** Their keys exist already, or the foundation makes them. */
  readonly secrets: readonly SecretProps[];
  /** Variables of its container besides those of the secrets. @default none */
  readonly environmentVariables?: Readonly<Record<string, string>>;
  readonly public?: boolean;
  /** Whether the page shows every value in clear. Never together with `public`. @default false */
  readonly revealValues?: boolean;
  /** What runs it. @default 'cloud-run' */
  readonly platform?: 'cloud-run' | 'gke';
  /** Its namespace on GKE. @default its name */
  readonly namespace?: string;
  /** Names of the services of the stack that it calls. @default none */
  readonly calls?: readonly string[];
}

/** Makes the platform of services on GKE. */
export type GkePlatformMaker = (
  scope: Construct,
  cluster: {
    readonly projectId: string;
    readonly location: string;
    readonly name: string;
    readonly kubeContext?: string;
  },
) => { in(namespaceName: string): Platform };

/** What comes and goes. */
export interface ServiceStackProps
  extends GoogleProjectProps,
    StateProps,
    ServiceImagesProps,
    Pick<CloudRunOptions, 'binaryAuthorization' | 'vpcSubnetwork' | 'vpcEgress'> {
  readonly bucketName: string;
  /** Whether the bucket is somebody else's: then it is granted from, and neither made nor changed. @default false */
  readonly isExistingBucket?: boolean;
  readonly keyRingName: string;
  /** Name of the key that the bucket is encrypted with. @default a key of Google's */
  readonly storageKeyName?: string;
  /** The bucket that receives the bucket's usage logs. @default none */
  readonly accessLogBucket?: string;
  readonly decryptAlertChannel?: string;
  /** Seconds between two looks for a new secret. @default the service's own 900 */
  readonly reloadSeconds?: number;
  /** For how many seconds an unconfirmed secret is used. @default for ever */
  readonly maxStaleSeconds?: number;
  /** Where the service sends metrics and traces. @default nowhere */
  readonly telemetryEndpoint?: string;
  /** How the service calls Google's APIs. @default 'direct' */
  readonly googleClients?: 'direct' | 'official';
  /** `projects/P/locations/L/clusters/NAME`: the cluster of services whose platform is GKE. @default none */
  readonly cluster?: string;
  /** See {@link GkeClusterProps}. @default none */
  readonly kubeContext?: string;
  /**
   * `gkePlatform` of `@cloud-run-identity/constructs/gke`, which only those load who have services on GKE.
   * @default none
   */
  readonly gke?: GkePlatformMaker;
  /** At least one. */
  readonly services: readonly StackServiceProps[];
  /** Whether each service has a scope of its own. @default false: there is one */
  readonly isServiceList?: boolean;
}

/**
 * The bucket and the services with their identities. Destroying it keeps the foundation, and a later deployment
 * brings it back.
 */
export class ServiceStack extends TerraformStack {
  constructor(scope: Construct, id: string, props: ServiceStackProps) {
    super(scope, id);
    useGoogleProject(this, props);
    keepState(this, 'service', props);

    const bucket = addBucket(this, props);
    new TerraformOutput(this, 'bucket_name', { value: bucket.bucketName });

    const images = new ServiceImages(this, 'images', props);
    const platformOf = addPlatforms(this, props);
    const add = (own: Construct, ownId: string, service: StackServiceProps) =>
      new SecretService(own, ownId, {
        ...service,
        ...sharedOptions(props, service),
        platform: platformOf(service),
        // None at all is Cloud Run's, and refused where somebody asks for it.
        minInstances: service.platform === 'gke' ? service.minInstances || undefined : service.minInstances,
        name: service.serviceName,
        image: images.imageOf(service),
        bucket,
        secrets: service.secrets as [SecretProps, ...SecretProps[]],
      });

    const [single] = props.services;
    if (single && !props.isServiceList) {
      // No id of its own, so that what is deployed keeps its addresses.
      const outputs = outputsOf(add(this, 'Default', single));
      for (const [name, value] of Object.entries(outputs)) new TerraformOutput(this, name, { value });
      return;
    }
    const list = new Construct(this, 'services');
    const services = new Map(
      props.services.map((service) => [service.serviceName, add(list, service.serviceName, service)]),
    );
    addCalls(props.services, services);
    const outputs = [...services].map(([name, service]) => [name, outputsOf(service)] as const);
    const output = new TerraformOutput(this, 'services-output', { value: mapOutput(outputs) });
    output.overrideLogicalId('services');
  }
}

/** What runs a service: undefined for Cloud Run. @throws Error where the stack was not given what runs it */
function addPlatforms(stack: ServiceStack, props: ServiceStackProps) {
  const [, projectId = '', location = '', name = ''] =
    /^projects\/(.+)\/locations\/(.+)\/clusters\/(.+)$/.exec(props.cluster ?? '') ?? [];
  const { kubeContext } = props;
  const isNeeded = props.services.some(({ platform }) => platform === 'gke');
  if (isNeeded && (!props.gke || name === '')) {
    throw new Error(
      'A service of the stack runs on GKE. Give the stack `cluster`, the full name of the cluster, and `gke`: ' +
        "the function `gkePlatform` of '@cloud-run-identity/constructs/gke'.",
    );
  }
  const gke = isNeeded ? props.gke?.(stack, { projectId, location, name, kubeContext }) : undefined;
  return ({ platform, namespace, serviceName }: StackServiceProps): Platform | undefined =>
    platform === 'gke' ? gke?.in(namespace ?? serviceName) : undefined;
}

function addCalls(props: readonly StackServiceProps[], services: ReadonlyMap<string, SecretService>): void {
  for (const { serviceName, calls = [] } of props) {
    for (const name of calls) {
      const called = services.get(name);
      if (!called) throw new Error(`The service ${serviceName} calls ${name}, which is not in the stack.`);
      services.get(serviceName)?.addCall(called);
    }
  }
}

/** What a service takes from the stack. */
function sharedOptions(props: ServiceStackProps, service: StackServiceProps) {
  return {
    projectId: props.projectId,
    location: props.region,
    binaryAuthorization: props.binaryAuthorization,
    vpcSubnetwork: props.vpcSubnetwork,
    vpcEgress: props.vpcEgress,
    decryptAlertChannel: props.decryptAlertChannel,
    environment: {
      PAGE_VALUES: pageValues(service),
      ...optionalEnvironment(props),
      ...service.environmentVariables,
    },
  };
}

/** How the page shows the config: everything hidden from the public, secrets masked unless asked otherwise. */
function pageValues(service: StackServiceProps): 'hidden' | 'masked' | 'revealed' {
  if (service.public) return 'hidden';
  return service.revealValues ? 'revealed' : 'masked';
}

/** Variables that the service has defaults for, where they were asked for (docs/rotation.md). */
function optionalEnvironment(props: ServiceStackProps): Record<string, string> {
  const { reloadSeconds, maxStaleSeconds, telemetryEndpoint, googleClients } = props;
  return {
    ...(reloadSeconds !== undefined && { RELOAD_SECONDS: String(reloadSeconds) }),
    ...(maxStaleSeconds !== undefined && { MAX_STALE_SECONDS: String(maxStaleSeconds) }),
    ...(telemetryEndpoint !== undefined && { OTEL_EXPORTER_OTLP_ENDPOINT: telemetryEndpoint }),
    ...(googleClients === 'official' && { GOOGLE_CLIENTS: googleClients }),
  };
}

function addBucket(stack: TerraformStack, settings: ServiceStackProps): SecretBucket {
  const { bucketName: name, region, storageKeyName } = settings;
  if (settings.isExistingBucket) {
    // A bucket that was made here before is forgotten, not destroyed with what is in it. Needs Terraform 1.7.
    stack.addOverride('removed', [{ from: 'google_storage_bucket.bucket', lifecycle: { destroy: false } }]);
    return new ExistingBucket(stack, 'bucket', { name });
  }
  const storageKey = { ...settings, keyLocation: region, keyName: storageKeyName ?? '' };
  return new PrivateBucket(stack, 'bucket', {
    name,
    projectId: settings.projectId,
    location: region,
    kmsKeyId: storageKeyName === undefined ? undefined : encryptionKeyId(storageKey),
    accessLogBucket: settings.accessLogBucket,
  });
}

function outputsOf({ url, identity, secrets }: SecretService): Record<string, string> {
  const [[, config] = [], ...others] = secrets;
  return {
    service_url: url,
    service_account_email: identity.email,
    object_name: config?.objectName ?? '',
    kms_key_id: config?.key.keyId ?? '',
    ...Object.fromEntries(
      others.flatMap(([name, { objectName, key }]) => [
        [`object_name_${name}`, objectName],
        [`kms_key_id_${name}`, key.keyId],
      ]),
    ),
  };
}
