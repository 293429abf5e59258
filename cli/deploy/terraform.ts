import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { type Settings, terraformNames } from '../../settings/index.ts';
import { CommandError } from '../errors.ts';
import type { Environment, Io, Output } from '../io.ts';

/** What deploys: Terraform, or OpenTofu, which takes the same arguments. */
export interface TerraformProgram {
  /** Name or path. */
  readonly program: string;
  readonly product: 'Terraform' | 'OpenTofu';
  /** Such as `1.11.4`. */
  readonly version: string;
}

/** What works on stacks. */
export interface Terraform {
  readonly io: Io;
  readonly program: TerraformProgram;
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

/** How a program is run. */
export interface RunTerraform {
  /** Folder that it works in. */
  readonly directory: string;
  readonly environment: Environment;
  /** Interrupts it once, so that it ends what it has begun and gives its lock back. */
  readonly signal: AbortSignal;
  /** Receives what it prints, as it prints it. @default nobody */
  readonly show?: Output | undefined;
}

/** What a run came to. */
export interface TerraformRun {
  readonly code: number | null;
  readonly stdout: string;
  /** Everything that it printed; on standard error, or on standard output as `apply` does. */
  readonly printed: string;
}

/** What both are tried with; adoption needs more, see requireVersion. */
const LEAST_VERSION = '1.5.0';

/** Version that knows `import` with `for_each`, and `removed` (https://developer.hashicorp.com/terraform/language/block/import). */
const BLOCKS_VERSION = '1.7.0';

/**
 * Finds the program that deploys: the one of TERRAFORM_BINARY_NAME, as cdktf does; else Terraform; else OpenTofu.
 *
 * @throws CommandError saying where to get one
 */
export async function findTerraform({ environment }: Pick<Io, 'environment'>): Promise<TerraformProgram> {
  const named = environment.TERRAFORM_BINARY_NAME;
  for (const program of terraformNames(environment)) {
    const found = await programAt(program, environment);
    if (found) return found;
  }
  if (named) {
    throw new CommandError(
      `TERRAFORM_BINARY_NAME is ${named}, which is no Terraform or OpenTofu that can be run: name one that is on the PATH, or unset it.`,
    );
  }
  throw new CommandError(
    `Terraform is not on the PATH, nor is OpenTofu, and one of them deploys. Install version ${LEAST_VERSION} or later: https://developer.hashicorp.com/terraform/install or https://opentofu.org/docs/intro/install. To look without it: npx cloud-run-identity start.`,
  );
}

async function programAt(program: string, environment: Environment): Promise<TerraformProgram | undefined> {
  const child = spawn(program, ['version'], {
    env: { ...environment, CHECKPOINT_DISABLE: '1' },
    stdio: ['ignore', 'pipe', 'ignore'],
    windowsHide: true,
  });
  try {
    const [text] = await Promise.all([buffer(child.stdout), once(child, 'close')]);
    const [, product, version] = /^(Terraform|OpenTofu) v(\d+\.\d+\.\d+)/m.exec(text.toString()) ?? [];
    return version ? { program, product: product as TerraformProgram['product'], version } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Makes sure that the program knows what the stacks ask of it.
 *
 * @throws CommandError naming the version that is needed, and what needs it
 */
export function requireVersion(
  { product, version }: TerraformProgram,
  { adoptExistingKey, isExistingBucket }: Pick<Settings, 'adoptExistingKey' | 'isExistingBucket'>,
): void {
  const newer = adoptExistingKey
    ? 'adopting existing keys (adoptExistingKey) takes import blocks with for_each'
    : isExistingBucket && 'an existing bucket (existingBucketName) takes removed blocks';
  const least = newer ? BLOCKS_VERSION : LEAST_VERSION;
  if (version.localeCompare(least, 'en', { numeric: true }) >= 0) return;
  const reason = newer || 'the stacks are not tried with less';
  throw new CommandError(
    `${product} ${version} is too old: ${reason}, so install ${product} ${least} or later.`,
  );
}

/**
 * Runs the program to its end. It has a process group of its own: a terminal's Ctrl-C reaches it once, through us. Of
 * two at a time it would end at once and leave its lock behind.
 */
export async function runTerraform(
  { program }: Pick<TerraformProgram, 'program'>,
  args: readonly string[],
  { directory, environment, signal, show }: RunTerraform,
): Promise<TerraformRun> {
  const child = spawn(program, args, {
    cwd: directory,
    env: { ...environment, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_INPUT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const interrupt = () => child.kill('SIGINT');
  if (signal.aborted) interrupt();
  signal.addEventListener('abort', interrupt);
  if (show) {
    child.stdout.pipe(show, { end: false });
    child.stderr.pipe(show, { end: false });
  }
  try {
    const [stdout, stderr, [code]] = await Promise.all([
      buffer(child.stdout),
      buffer(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    return { code, stdout: stdout.toString(), printed: Buffer.concat([stdout, stderr]).toString() };
  } finally {
    signal.removeEventListener('abort', interrupt);
  }
}
