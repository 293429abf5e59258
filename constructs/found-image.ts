import { DataGoogleArtifactRegistryDockerImage } from '@cdktf/provider-google/lib/data-google-artifact-registry-docker-image/index.js';
import { Annotations } from 'cdktf';
import { Construct } from 'constructs';
import { repositoryAddress, type ServiceImageProps, sourcesTag } from './built-image.ts';

/** An image that Cloud Build built. */
export interface FoundImageProps extends ServiceImageProps {
  /** What it builds as, and the bucket that it takes the sources from: the foundation makes both. */
  readonly builder: { readonly resourceName: string; readonly bucketName: string };
}

/**
 * Step 6 of the article, with Cloud Build: the image that was built from these sources. It has to be there when
 * Terraform plans; the command that builds it is said at every synthesis.
 */
export class FoundImage extends Construct {
  /** The image by its digest. */
  readonly reference: string;

  constructor(scope: Construct, id: string, props: FoundImageProps) {
    super(scope, id);
    const { repository, name, buildArguments, builder } = props;
    const tagged = `${name}:${sourcesTag(props)}`;
    const found = new DataGoogleArtifactRegistryDockerImage(this, 'Default', {
      project: repository.projectId,
      location: repository.location,
      repositoryId: repository.name,
      imageName: tagged,
    });
    this.reference = found.selfLink;
    const substitutions = [
      `_IMAGE=${repositoryAddress(props)}/${tagged}`,
      ...Object.entries(buildArguments).map(([argument, value]) => `_${argument}=${value}`),
    ];
    Annotations.of(this).addInfo(
      'The image of these sources has to be in the repository before this stack is deployed: ' +
        `gcloud builds submit --project ${repository.projectId} --config cloudbuild.yaml ` +
        `--service-account ${builder.resourceName} --gcs-source-staging-dir gs://${builder.bucketName}/source --substitutions ${substitutions.join(',')}`,
    );
  }
}
