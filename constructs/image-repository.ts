import { ArtifactRegistryRepository } from '@cdktf/provider-google/lib/artifact-registry-repository/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { LABELS } from './labels.ts';

/** A repository of container images to make. */
export interface ImageRepositoryProps {
  readonly name: string;
  /** The region of the services that pull from it. */
  readonly location: string;
  readonly description: string;
  /**
   * Full resource name of the key that images are encrypted with; in the repository's location. Artifact Registry's
   * agent must be allowed to use it. Fixed once the repository is made. @default a key of Google's
   */
  readonly kmsKeyId?: string;
  /** @default the provider's project */
  readonly projectId?: string;
  /** @default nothing */
  readonly dependsOn?: ITerraformDependable[];
}

/** Where the service's container images are pushed to. Cloud Run's own agent pulls them: no grant is needed. */
export class ImageRepository extends Construct {
  /** Full resource name, `projects/P/locations/L/repositories/NAME`. */
  readonly repositoryId: string;
  /** Its last part, known to Terraform once the repository exists. */
  readonly name: string;

  constructor(scope: Construct, id: string, props: ImageRepositoryProps) {
    super(scope, id);
    const repository = new ArtifactRegistryRepository(this, 'Default', {
      repositoryId: props.name,
      project: props.projectId,
      location: props.location,
      description: props.description,
      format: 'DOCKER',
      mode: 'STANDARD_REPOSITORY',
      kmsKeyName: props.kmsKeyId,
      labels: LABELS,
      dependsOn: props.dependsOn,
    });
    this.repositoryId = repository.id;
    this.name = repository.name;
  }
}
