import { Construct } from 'constructs';
import { BuiltImage, registryHost } from './built-image.ts';
import { dockerProvider } from './docker-provider.ts';
import { FoundImage } from './found-image.ts';
import { imageBuilderNames } from './image-builder.ts';
import { imageBuildArguments, imageSourcesHash } from './image-context.ts';

/** Where images come from. */
export interface ServiceImagesProps {
  readonly projectId: string;
  /** Region of the image repository. */
  readonly region: string;
  /** Name of the deployment environment, whose builder Cloud Build builds as. @default there is one */
  readonly environment?: string;
  readonly imageRepositoryName: string;
  /** Who builds: nobody, this machine's Docker while deploying, or Cloud Build beforehand. */
  readonly imageBuild: 'none' | 'docker' | 'cloud-build';
  /** Absolute path of the folder that images are built from. @default none: nothing can be built */
  readonly imageContext?: string;
  /** The Dockerfile in it. @default 'Dockerfile' */
  readonly dockerfile?: string;
  /** Program in it that the services run, for the Dockerfile's argument SERVICE_ENTRY. @default the Dockerfile's own */
  readonly serviceEntry?: string;
}

/** The images of the services: given, built here, or built by Cloud Build. Those of one name are one. */
export class ServiceImages extends Construct {
  readonly #props: ServiceImagesProps;
  readonly #made = new Map<string, BuiltImage | FoundImage>();

  constructor(scope: Construct, id: string, props: ServiceImagesProps) {
    super(scope, id);
    this.#props = props;
    if (props.imageBuild === 'docker') {
      // Docker's own credential helper for the registry has the credentials: none are in Terraform.
      const { DockerProvider } = dockerProvider();
      new DockerProvider(this, 'docker', { registryAuth: [{ address: registryHost(props.region) }] });
    }
  }

  /** The reference of a service's image: by digest, unless it is given otherwise. */
  imageOf({ image, imageName }: { readonly image: string; readonly imageName: string }): string {
    if (this.#props.imageBuild === 'none') return image;
    const made = this.#made.get(imageName) ?? this.#make(imageName);
    this.#made.set(imageName, made);
    return made.reference;
  }

  #make(name: string): BuiltImage | FoundImage {
    const { imageBuild, projectId, region, imageRepositoryName, imageContext: context } = this.#props;
    const { serviceEntry } = this.#props;
    if (context === undefined) {
      throw new Error(
        `${this.node.path} builds images and needs imageContext, the folder to build them from.`,
      );
    }
    const props = {
      repository: { location: region, projectId, name: imageRepositoryName },
      name,
      context,
      dockerfile: this.#props.dockerfile ?? 'Dockerfile',
      sourcesHash: imageSourcesHash(context, serviceEntry),
      buildArguments: {
        ...imageBuildArguments(context),
        ...(serviceEntry !== undefined && { SERVICE_ENTRY: serviceEntry }),
      },
    };
    return imageBuild === 'docker'
      ? new BuiltImage(this, name, props)
      : new FoundImage(this, name, { ...props, builder: imageBuilderNames(this.#props) });
  }
}
