import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { engineProblem } from '../cli/local/container/docker.ts';
import { baseImages } from './image/base-images.ts';
import { importLocalBase } from './image/local-base.ts';

/**
 * `node scripts/import-local-base.ts`: for machines that cannot pull. Makes stand-ins of the Dockerfile's base images
 * from this Debian machine's own files and imports them under the real names and tags, then prints how to build with
 * them. An image of such a name that was not made here is left as it is.
 */
const problem = await engineProblem();
if (problem) {
  console.error(
    `No Docker engine answers: ${problem}\nFix: start one, on Debian with apt-get install docker.io.`,
  );
  process.exit(1);
}
const dockerfile = path.resolve(import.meta.dirname, '..', 'service', 'Dockerfile');
const bases = baseImages(await readFile(dockerfile, 'utf8'));
for (const { tag } of bases) console.log(`${tag}: ${await importLocalBase(tag)}`);
const options = bases.map(({ argument, tag }) => `--build-arg ${argument}=${tag}`).join(' ');
console.log(`docker build --platform linux/amd64 ${options} --network none --file service/Dockerfile .`);
