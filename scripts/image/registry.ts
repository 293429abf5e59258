/** A registry that does not tell a tag's digest; the message says what to do. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
}

/** Kinds of manifest: an index of several platforms, or of one, in OCI's words and in Docker's. */
const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/**
 * Asks a registry, anonymously, what a tag names today.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
 *
 * @param image name and tag as in a Dockerfile, such as `node:24-bookworm-slim`
 * @returns a digest, `sha256:` and 64 hexadecimal digits
 * @throws RegistryError
 */
export async function tagDigest(image: string): Promise<string> {
  const url = manifestUrl(image);
  const request = (token?: string) =>
    fetch(url, {
      method: 'HEAD',
      headers: { accept: MANIFEST_TYPES, ...(token && { authorization: `Bearer ${token}` }) },
    });
  try {
    const anonymous = await request();
    const answer = anonymous.status === 401 ? await request(await pullToken(anonymous)) : anonymous;
    const digest = answer.headers.get('docker-content-digest') ?? '';
    if (answer.ok && /^sha256:[0-9a-f]{64}$/.test(digest)) return digest;
    throw new Error(`it answered ${answer.status} and the digest ${JSON.stringify(digest)}`);
  } catch (error) {
    const { message, cause } = error as Error;
    throw new RegistryError(
      `The digest of ${image} cannot be had from ${url}: ${cause instanceof Error ? cause.message : message}. ` +
        'Fix: check the network and the tag in service/Dockerfile.',
      { cause: error },
    );
  }
}

/** Docker's rules: no host means Docker Hub, and a registry on this machine needs no TLS. */
function manifestUrl(image: string): string {
  const [, host, name = '', tag] = /^(?:([^/]*[.:][^/]*)\/)?(.+):([^:/]+)$/.exec(image) ?? [];
  if (host === undefined) {
    const path = name.includes('/') ? name : `library/${name}`;
    return `https://registry-1.docker.io/v2/${path}/manifests/${tag}`;
  }
  return `${/^(?:localhost|127\.)/.test(host) ? 'http' : 'https'}://${host}/v2/${name}/manifests/${tag}`;
}

/** The token that a registry wants even of those who have no account, https://distribution.github.io/distribution/spec/auth/token/. */
async function pullToken({ headers }: Response): Promise<string> {
  const challenge = headers.get('www-authenticate') ?? '';
  const parameters = new Map(
    Array.from(challenge.matchAll(/(\w+)="([^"]*)"/g), ([, key, value]) => [key, value]),
  );
  const url = new URL(parameters.get('realm') ?? '');
  for (const key of ['service', 'scope']) {
    const value = parameters.get(key);
    if (value !== undefined) url.searchParams.set(key, value);
  }
  const answer = (await (await fetch(url)).json()) as { token?: string; access_token?: string };
  return answer.token ?? answer.access_token ?? '';
}
