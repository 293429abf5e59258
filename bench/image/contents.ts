import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { BUNDLE_FILES, bundledFiles } from '../../scripts/bundle/bundle-files.ts';
import { ROOT } from '../support/process.ts';
import type { ImageFiles } from '../support/server/image-files.ts';
import { filesBelow } from './archive.ts';

/** Files by what they are there for. */
export type Contents = Readonly<Record<string, readonly string[]>>;

const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** What is below every image here: Node, the libraries that it needs, and certificates, as this machine has them. */
export function baseContents(): Contents {
  const node = realpathSync(process.execPath);
  const libraries = execFileSync('ldd', [node], { encoding: 'utf8' }).matchAll(/(?<=\s)\/\S+(?= \()/g);
  return {
    Node: [node],
    'shared libraries': Array.from(libraries, ([library]) => realpathSync(library)),
    certificates: existsSync(CERTIFICATES) ? [realpathSync(CERTIFICATES)] : [],
  };
}

/** What our image has above its base. */
export function ownContents({ app, compileCache }: ImageFiles): Contents {
  return {
    bundle: [path.join(app, BUNDLE_FILES.bundle)],
    'what only a setting asks for': bundledFiles
      .filter((file) => file !== BUNDLE_FILES.bundle)
      .map((file) => path.join(app, file)),
    'licences of the packages in it': [path.join(app, BUNDLE_FILES.notices)],
    'compile cache': filesBelow(compileCache),
  };
}

/**
 * What `npm ci --omit=dev` installs from the lock file, as far as it is installed in this checkout.
 *
 * @param takes whether to take a package, by its path in the lock file, such as `node_modules/fastify`
 */
export function installedPackages(takes: (location: string) => boolean = () => true): string[] {
  const lock = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
  };
  return Object.entries(lock.packages)
    .filter(([location, { dev }]) => location !== '' && !dev && takes(location))
    .map(([location]) => path.join(ROOT, location))
    .filter((folder) => existsSync(folder)) // those for other systems are not
    .flatMap((folder) => filesBelow(folder, 'node_modules'));
}

/** The sources of the service, which a naive image runs. */
export function serviceSources(): string[] {
  const files = ['package.json', 'package-lock.json'].map((file) => path.join(ROOT, file));
  return [...files, ...['service', 'secrets'].flatMap((folder) => filesBelow(path.join(ROOT, folder)))];
}
