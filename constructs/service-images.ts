import { DockerProvider } from '@cdktf/provider-docker/lib/provider/index.js';
import { Construct } from 'constructs';
import type { ServiceSettings } from '../settings/service-settings.ts';
import type { Settings } from '../settings/settings.ts';
import { IMAGE_REPOSITORY_NAME } from '../settings/sources.ts';
import { BuiltImage, registryHost } from './built-image.ts';
import { FoundImage } from './found-image.ts';
import { imageBuildArguments, imageSourcesHash } from './image-context.ts';

/** The images of the services: given, built here, or built by Cloud Build. Those of one name are one. */
export class ServiceImages extends Construct {
  readonly #settings: Settings;
  readonly #made = new Map<string, BuiltImage | FoundImage>();

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    this.#settings = settings;
    if (settings.imageBuild === 'docker') {
      // Docker's own credential helper for the registry has the credentials: none are in Terraform.
      new DockerProvider(this, 'docker', { registryAuth: [{ address: registryHost(settings.region) }] });
    }
  }

  /** The reference of a service's image: by digest, unless it is given otherwise. */
  imageOf({ image, imageName }: ServiceSettings): string {
    if (this.#settings.imageBuild === 'none') return image;
    const made = this.#made.get(imageName) ?? this.#make(imageName);
    this.#made.set(imageName, made);
    return made.reference;
  }

  #make(name: string): BuiltImage | FoundImage {
    const { imageBuild, projectId, region } = this.#settings;
    const props = {
      repository: { location: region, projectId, name: IMAGE_REPOSITORY_NAME },
      name,
      sourcesHash: imageSourcesHash(),
      buildArguments: imageBuildArguments(),
    };
    return imageBuild === 'docker' ? new BuiltImage(this, name, props) : new FoundImage(this, name, props);
  }
}
