import path from 'node:path';
import { parseArgs } from 'node:util';
import { packPackages } from './pack/pack-packages.ts';

/** `npm run pack [-- FOLDER]`: writes each package as a tarball into dist/packages, or this folder. */
const projectDirectory = path.resolve(import.meta.dirname, '..');
const { positionals } = parseArgs({ allowPositionals: true });
const outputDirectory = path.resolve(positionals[0] ?? path.join(projectDirectory, 'dist', 'packages'));
for (const { tarball } of await packPackages({ projectDirectory, outputDirectory })) {
  console.log(path.relative(process.cwd(), tarball));
}
