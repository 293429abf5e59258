/** How the local cloud runs what a container image holds: as a process of this machine, or as a container. */
export type LocalImage = ProcessImage | ContainerImage;

/** A program of this machine in the place of an image. */
export interface ProcessImage {
  /** The program and its arguments: the image's entry point on this machine. */
  readonly command: readonly [string, ...string[]];
}

/** A real image, which this machine's Docker engine has. */
export interface ContainerImage {
  /** Its reference for the engine, such as `cloudrun-identity:local`. */
  readonly container: string;
}

/**
 * What image repositories stand for; a tag or digest in a reference is not looked at. `*` stands for every repository
 * that is not named.
 */
export class Images extends Map<string, LocalImage> {
  /** The image of a reference such as `us-central1-docker.pkg.dev/p/r/i:latest` or `…@sha256:…`. */
  resolve(reference: string): LocalImage | undefined {
    return this.get(repositoryOf(reference)) ?? this.get('*');
  }
}

/** An image reference without its tag and digest. */
export function repositoryOf(reference: string): string {
  return reference.replace(/@sha256:[0-9a-f]+$/, '').replace(/:[\w][\w.-]*$/, '');
}
