import { spawn } from 'node:child_process';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { CommandError } from '../errors.ts';
import type { Io } from '../io.ts';

/** How cdktf is run. */
export interface CdktfOptions {
  /** Folder of cdktf.json. */
  readonly projectDirectory: string;
  /** Variables besides those of this process. */
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** What in cdktf's output tells why it failed, and what to do about it. */
const KNOWN_FAILURES: readonly { readonly pattern: RegExp; readonly fix: string }[] = [
  {
    pattern:
      /Failed to query available provider packages|Could not retrieve providers for locking|Failed to install provider/,
    fix: "Terraform could not get a provider. It downloads it from registry.terraform.io; without that, set up a mirror of it in Terraform's CLI configuration: https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation.",
  },
  {
    // https://github.com/kreuzwerker/terraform-provider-docker
    pattern: /Error pushing docker image/,
    fix: 'the image was built, but the repository refused it; nothing runs it yet. Whoever deploys needs roles/artifactregistry.writer on the repository, and Docker their credentials: gcloud auth configure-docker REGION-docker.pkg.dev. Then deploy again.',
  },
];

/**
 * Makes sure that there is a Terraform.
 * @throws CommandError saying where to get it
 */
export async function requireTerraform(io: Io): Promise<void> {
  const version = spawn('terraform', ['version'], {
    env: io.environment,
    stdio: ['ignore', 'pipe', 'ignore'],
    windowsHide: true,
  });
  const exit = new Promise<boolean>((resolve) => {
    version.once('error', () => resolve(false));
    version.once('close', (code) => resolve(code === 0));
  });
  if (await exit) return;
  throw new CommandError(
    'Terraform is not on the PATH, and cdktf deploys with it. Install version 1.5 or later: https://developer.hashicorp.com/terraform/install. To look without it: npx cloud-run-identity start, npx cdktf synth.',
  );
}

/**
 * Runs the project's own cdktf and shows what it prints.
 *
 * @param args the command and its arguments, e.g. `deploy`, a stack's name, `--auto-approve`
 * @throws CommandError when it fails; a provider that cannot be had is said as such
 */
export async function runCdktf(io: Io, args: readonly string[], options: CdktfOptions): Promise<void> {
  const { projectDirectory, environment, signal } = options;
  const program = path.join(projectDirectory, 'node_modules', 'cdktf-cli', 'bundle', 'bin', 'cdktf.js');
  const child = spawn(process.execPath, [program, ...args], {
    cwd: projectDirectory,
    env: { ...io.environment, CHECKPOINT_DISABLE: '1', ...environment, PATH: pathWithOwnNode(io) },
    stdio: ['fd' in io.stdin ? 'inherit' : 'ignore', 'pipe', 'pipe'],
  });
  // cdktf stops Terraform properly when it is asked to; a killed one would leave a locked state.
  signal.addEventListener('abort', () => child.kill('SIGINT'));
  child.stdout.pipe(io.stdout, { end: false });
  child.stderr.pipe(io.stderr, { end: false });
  const output = Promise.all([buffer(child.stdout), buffer(child.stderr)]);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return;
  const printed = Buffer.concat(await output).toString();
  const command = `cdktf ${args.join(' ')}`;
  const known = KNOWN_FAILURES.find(({ pattern }) => pattern.test(printed));
  throw new CommandError(known ? `${command}: ${known.fix}` : `${command} failed; its last lines say why.`);
}

/** cdktf runs `node main.ts`, which has to be the Node that runs this. */
function pathWithOwnNode({ environment }: Io): string {
  return [path.dirname(process.execPath), environment.PATH].join(path.delimiter);
}
