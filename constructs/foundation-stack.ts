import { TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { adoptExistingKeys } from './adopt-existing-keys.ts';
import { DataAccessLogs } from './data-access-logs.ts';
import { EnabledApis, type OptionalApi } from './enabled-apis.ts';
import { type GoogleProjectProps, useGoogleProject } from './google-project.ts';
import { ImageBuilder } from './image-builder.ts';
import { ImageRepository } from './image-repository.ts';
import { KeyRing } from './key-ring.ts';
import { mapOutput } from './map-output.ts';
import { keepState, type StateProps } from './state.ts';
import { StorageEncryption } from './storage-encryption.ts';

/** What to make once. */
export interface FoundationStackProps extends GoogleProjectProps, StateProps {
  readonly keyRingName: string;
  /** `global`, a multi-region or a region. */
  readonly keyLocation: string;
  /** Whether key rings and keys that exist already are taken over instead of made. @default false */
  readonly adoptExistingKey?: boolean;
  readonly imageRepositoryName: string;
  /** Name of the deployment environment. @default there are none */
  readonly environment?: string;
  /** Who builds the images: Cloud Build needs its API, and an account to build as. @default 'none' */
  readonly imageBuild?: 'none' | 'docker' | 'cloud-build';
  /** Whether every use of keys and objects in the project is logged. @default false */
  readonly dataAccessLogs?: boolean;
  /** Name of the key that bucket and image repository are encrypted with. @default a key of Google's */
  readonly storageKeyName?: string;
  /** What the services use, so that its API is turned on. @default none */
  readonly binaryAuthorization?: string;
  readonly decryptAlertChannel?: string;
  readonly vpcSubnetwork?: string;
  /** The services. Each secret gets a key: made when it has a name, else only named by its id. */
  readonly services: readonly {
    readonly serviceName: string;
    readonly platform?: 'cloud-run' | 'gke';
    readonly secrets: readonly {
      readonly name: string;
      readonly keyName?: string;
      readonly keyId?: string;
    }[];
  }[];
  /** Whether keys are named after services. @default false: there is one */
  readonly isServiceList?: boolean;
}

/**
 * What is made once and kept, whatever happens to the services: enabled APIs, the keys and the image
 * repository. Destroying it is refused: the keys' ciphertexts would be lost with it.
 */
export class FoundationStack extends TerraformStack {
  constructor(scope: Construct, id: string, settings: FoundationStackProps) {
    super(scope, id);
    useGoogleProject(this, settings);
    keepState(this, 'foundation', settings);

    const apis = new EnabledApis(this, 'apis', {
      projectId: settings.projectId,
      optional: optionalApis(settings),
    });

    const keyRing = addSecretKeys(this, apis, settings);
    const storage = addStorageEncryption(this, apis, settings, keyRing);
    if (settings.adoptExistingKey) {
      const rings = new Set([keyRing, storage?.keyRing].filter((ring) => ring !== undefined));
      adoptExistingKeys(this, settings.projectId, [...rings]);
    }

    const images = new ImageRepository(this, 'images', {
      name: settings.imageRepositoryName,
      projectId: settings.projectId,
      location: settings.region,
      description: 'Container images of the service',
      kmsKeyId: storage?.keyId,
      dependsOn: [apis.api('artifactregistry'), ...(storage?.grants ?? [])],
    });
    new TerraformOutput(this, 'image_repository', { value: images.repositoryId });
    if (settings.imageBuild === 'cloud-build') {
      new ImageBuilder(this, 'image-builder', {
        projectId: settings.projectId,
        environment: settings.environment,
        repository: images,
        location: settings.region,
        kmsKeyId: storage?.keyId,
        dependsOn: [apis.api('iam'), apis.api('storage'), ...(storage?.grants ?? [])],
      });
    }

    if (settings.dataAccessLogs) new DataAccessLogs(this, 'data-access-logs', settings);
  }
}

function optionalApis(settings: FoundationStackProps): OptionalApi[] {
  return [
    ...(settings.binaryAuthorization === undefined ? [] : (['binaryauthorization'] as const)),
    ...(settings.imageBuild === 'cloud-build' ? (['cloudbuild'] as const) : []),
    // GKE's metadata server asks it for tokens of the service account.
    ...(settings.services.some(({ platform }) => platform === 'gke') ? (['iamcredentials'] as const) : []),
    ...(settings.decryptAlertChannel === undefined ? [] : (['logging', 'monitoring'] as const)),
    ...(settings.vpcSubnetwork === undefined ? [] : (['compute'] as const)),
  ];
}

/** The key of each secret that has none elsewhere, in one ring; no ring when all have. */
function addSecretKeys(
  stack: TerraformStack,
  apis: EnabledApis,
  props: FoundationStackProps,
): KeyRing | undefined {
  const secrets = props.services.flatMap(({ serviceName, secrets }) =>
    secrets.map((secret, index) => ({ ...secret, serviceName, isFirst: index === 0 })),
  );
  const isMade = secrets.some(({ keyName }) => keyName !== undefined);
  const keyRing = isMade ? addKeyRing(stack, 'key-ring', props.keyLocation, apis, props) : undefined;
  const keyIds = secrets.map(({ serviceName, name, keyName, keyId, isFirst }) => {
    const id = props.isServiceList || !isFirst ? `key-${keyName}` : 'encryption-key';
    const made = keyName === undefined ? undefined : keyRing?.addKey(id, { name: keyName });
    const output = props.isServiceList ? (isFirst ? serviceName : `${serviceName}/${name}`) : name;
    return [output, made?.keyId ?? keyId] as const;
  });
  const [first, ...others] = keyIds;
  if (!props.isServiceList) new TerraformOutput(stack, 'kms_key_id', { value: first?.[1] });
  if (props.isServiceList || others.length > 0) {
    new TerraformOutput(stack, 'kms_key_ids', { value: mapOutput(keyIds) });
  }
  return keyRing;
}

/** Cloud Storage and Artifact Registry take only keys of the location that they store in. */
function addStorageEncryption(
  stack: TerraformStack,
  apis: EnabledApis,
  settings: FoundationStackProps,
  secretKeyRing: KeyRing | undefined,
): StorageEncryption | undefined {
  const { storageKeyName: keyName, region } = settings;
  if (keyName === undefined) return undefined;
  const keyRing =
    secretKeyRing?.location === region
      ? secretKeyRing
      : addKeyRing(stack, 'storage-key-ring', region, apis, settings);
  return new StorageEncryption(stack, 'storage-encryption', {
    keyRing,
    keyName,
    projectId: settings.projectId,
    dependsOn: [apis.api('storage'), apis.api('artifactregistry')],
  });
}

function addKeyRing(
  stack: TerraformStack,
  id: string,
  location: string,
  apis: EnabledApis,
  { keyRingName: name, projectId }: FoundationStackProps,
): KeyRing {
  return new KeyRing(stack, id, { name, projectId, location, dependsOn: [apis.api('cloudkms')] });
}
