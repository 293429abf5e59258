import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { freePort } from '../../../emulator/run/free-port.ts';
import { ROOT } from '../process.ts';
import { stagesOf } from './dockerfile.ts';

/** The service as its image has it, in a folder of this machine. */
export interface ImageFiles {
  /** Program and arguments of the container. */
  readonly command: readonly string[];
  /** What the image sets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Folder of what was bundled. */
  readonly app: string;
  readonly compileCache: string;
}

/**
 * Makes what service/Dockerfile makes, by its own commands: the bundle, and the compile cache of its first run.
 *
 * @param folder an empty one
 * @throws Error when the Dockerfile has no such stages, or a command fails
 */
export async function makeImageFiles(folder: string): Promise<ImageFiles> {
  const app = path.join(folder, 'app');
  run([process.execPath, path.join(ROOT, 'scripts', 'bundle.ts'), app], {});
  const stages = stagesOf(readFileSync(path.join(ROOT, 'service', 'Dockerfile'), 'utf8'));
  const filling = stages.find(({ name }) => name === 'compile-cache');
  const image = stages.at(-1);
  if (!filling || !image?.entrypoint) {
    throw new Error('service/Dockerfile has no stage compile-cache, or no ENTRYPOINT as a list.');
  }
  const here = (text: string) =>
    text
      .replaceAll('/nodejs/bin/node', process.execPath)
      .replaceAll('/tmp/compile-cache', path.join(folder, 'compile-cache'))
      .replaceAll('/app/', `${app}/`);
  // Nothing else listens in the image; here somebody may.
  const environment = { ...filling.environment, PORT: String(await freePort()) };
  for (const command of filling.commands) run(command.map(here), environment);
  const compileCache = path.join(app, 'compile-cache');
  cpSync(path.join(folder, 'compile-cache'), compileCache, { recursive: true });
  const variables = Object.entries(image.environment).map(([name, value]) => [name, here(value)]);
  return {
    command: image.entrypoint.map(here),
    environment: Object.fromEntries(variables),
    app,
    compileCache,
  };
}

function run([program = '', ...args]: readonly string[], env: Readonly<Record<string, string>>): void {
  const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8' });
  if (status === 0) return;
  throw new Error(`A step of service/Dockerfile failed: ${args.join(' ')}\n${stdout}${stderr}`);
}
