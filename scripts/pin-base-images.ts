import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { baseImages, withDigests } from './image/base-images.ts';
import { RegistryError, tagDigest } from './image/registry.ts';

/**
 * `node scripts/pin-base-images.ts [Dockerfile]`: pins the base images of the service's Dockerfile to what their tags
 * name today. It needs the network. All pins are moved, or none. Exit codes: 0 done, 1 a registry did not tell.
 */
const file = path.resolve(process.argv[2] ?? path.join(import.meta.dirname, '..', 'service', 'Dockerfile'));
const dockerfile = await readFile(file, 'utf8');
try {
  const digests = await Promise.all(
    baseImages(dockerfile).map(async ({ argument, tag }) => [argument, await tagDigest(tag)] as const),
  );
  await writeFile(file, withDigests(dockerfile, new Map(digests)));
  for (const [argument, digest] of digests) console.log(`${argument}: ${digest}`);
} catch (error) {
  if (!(error instanceof RegistryError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
