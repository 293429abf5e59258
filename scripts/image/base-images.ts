/** A base image of the Dockerfile: `# NAME:TAG` and below it `ARG ARGUMENT=NAME@DIGEST`. */
export interface BaseImage {
  /** Name of the build argument that replaces it. */
  readonly argument: string;
  /** Name and tag, such as `node:24-bookworm-slim`. */
  readonly tag: string;
  /** Name and digest. */
  readonly pinned: string;
}

const PIN = /^# (\S+:\S+)\nARG (\w+)=(\S+@sha256:[0-9a-f]{64})$/gm;

/** The base images that a Dockerfile names, in its order. */
export function baseImages(dockerfile: string): BaseImage[] {
  return Array.from(dockerfile.matchAll(PIN), ([, tag = '', argument = '', pinned = '']) => ({
    argument,
    tag,
    pinned,
  }));
}

/** The Dockerfile with other digests, by build argument. */
export function withDigests(dockerfile: string, digests: ReadonlyMap<string, string>): string {
  return dockerfile.replace(PIN, (pin, _tag: string, argument: string, pinned: string) => {
    const digest = digests.get(argument);
    return digest === undefined ? pin : pin.replace(pinned, pinned.replace(/@.*$/, `@${digest}`));
  });
}
