import { DataGoogleArtifactRegistryRepository } from '@cdktf/provider-google/lib/data-google-artifact-registry-repository/index.js';
import { Construct } from 'constructs';
import { dockerProvider } from './docker-provider.ts';
import type { ImageBuildArguments } from './image-context.ts';
import { pathFromModule } from './path-from-module.ts';

/** An image of the service, made from sources. */
export interface ServiceImageProps {
  /** The image repository, which the foundation makes. */
  readonly repository: {
    /** Region of the repository. */
    readonly location: string;
    readonly projectId: string;
    readonly name: string;
  };
  /** Absolute path of the folder that the image is built from. */
  readonly context: string;
  /** The Dockerfile in it. */
  readonly dockerfile: string;
  /** Name of the image in the repository. */
  readonly name: string;
  /** Hash of the sources, 64 hexadecimal digits: the image is made again only when it changes. */
  readonly sourcesHash: string;
  /** Arguments of the Dockerfile. */
  readonly buildArguments: ImageBuildArguments;
}

/** Where the images of a repository are, without the image's name. */
export function repositoryAddress({ repository }: Pick<ServiceImageProps, 'repository'>): string {
  return `${registryHost(repository.location)}/${repository.projectId}/${repository.name}`;
}

/** Host of Artifact Registry in a region. */
export function registryHost(location: string): string {
  return `${location}-docker.pkg.dev`;
}

/** The tag of an image: it names the sources, so that another image is never pushed over it. */
export function sourcesTag({ sourcesHash }: Pick<ServiceImageProps, 'sourcesHash'>): string {
  return `sources-${sourcesHash.slice(0, 12)}`;
}

/**
 * Step 6 of the article, with this machine's Docker: builds the image and pushes it while deploying. Destroying the
 * stack leaves it in the repository.
 */
export class BuiltImage extends Construct {
  /** The image by the digest that was pushed. */
  readonly reference: string;

  constructor(scope: Construct, id: string, props: ServiceImageProps) {
    super(scope, id);
    const { repository, name, sourcesHash, buildArguments, context, dockerfile } = props;
    const { Image, RegistryImage } = dockerProvider();
    // A look-up, so that a repository that is not there fails the plan and not the push.
    const found = new DataGoogleArtifactRegistryRepository(this, 'repository', {
      project: repository.projectId,
      location: repository.location,
      repositoryId: repository.name,
    });
    const address = `${repositoryAddress(props)}/${name}`;
    const triggers = { sources: sourcesHash };
    const image = new Image(this, 'Default', {
      name: `${address}:${sourcesTag(props)}`,
      buildAttribute: {
        context: pathFromModule(this, context),
        dockerfile,
        // Cloud Run runs no other, whatever machine builds it.
        platform: 'linux/amd64',
        buildArgs: buildArguments,
      },
      triggers,
      keepLocally: true,
      // Another commit or folder with the same sources is no reason to build again; the hash alone is.
      lifecycle: { ignoreChanges: ['build'] },
      dependsOn: [found],
    });
    const pushed = new RegistryImage(this, 'pushed', { name: image.name, triggers, keepRemotely: true });
    this.reference = `${address}@${pushed.sha256Digest}`;
  }
}
