import path from 'node:path';
import { parseArgs } from 'node:util';
import { bundleService } from './bundle/bundle-service.ts';
import { LicenceError } from './bundle/licences.ts';

/**
 * `node scripts/bundle.ts [directory]`: what goes into the service's image, and its source map and software bill of
 * materials beside it; SERVICE_ENTRY names the service's entry, where it is not service/server.ts. Exit codes: 0 written, 1 a package has a licence that is not allowed.
 */
const { positionals } = parseArgs({ allowPositionals: true });
const projectDirectory = path.resolve(import.meta.dirname, '..');
const outputDirectory = path.resolve(positionals[0] ?? path.join(projectDirectory, 'dist'));
try {
  const { packages, bytes } = await bundleService({
    projectDirectory,
    outputDirectory,
    entry: process.env.SERVICE_ENTRY || undefined,
  });
  console.log(`${outputDirectory}: ${packages} packages in ${(bytes / 1e6).toFixed(1)} MB`);
} catch (error) {
  if (!(error instanceof LicenceError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
