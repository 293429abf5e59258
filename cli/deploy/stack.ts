import { mkdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { CommandError } from '../errors.ts';
import type { Environment, Io } from '../io.ts';
import type { SynthesizedStack } from '../local/synthesize.ts';
import { backendStep } from './backend.ts';
import type { PlanJson } from './plan.ts';
import { runTerraform, type Terraform, type TerraformRun } from './terraform.ts';

/** A plan that was saved, to be applied as it is. */
export interface SavedPlan {
  readonly stack: SynthesizedStack;
  /** Absolute path. */
  readonly file: string;
  /** What `show -json` says of it. Holds values of resources: never print it. */
  readonly json: PlanJson;
}

/** Terraform failed; what it printed tells why. */
export class TerraformError extends CommandError {
  /** Without colours. */
  readonly printed: string;

  constructor(message: string, printed: string) {
    super(message);
    this.printed = printed;
  }
}

/** What in the output tells why it failed, and what to do about it. */
const KNOWN_FAILURES: readonly { readonly pattern: RegExp; readonly fix: string }[] = [
  {
    pattern:
      /Failed to query available provider packages|Could not retrieve providers for locking|Failed to install provider/,
    fix: 'could not get a provider. It is downloaded from the registry; without that, set up a mirror of it in the CLI configuration: https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation.',
  },
  {
    pattern: /Error acquiring the state lock/,
    fix: 'found the state locked: somebody else deploys it at the moment, or was killed while doing so. Wait; when nobody does, force-unlock gives the lock back: its id is in the lines above.',
  },
  {
    // https://github.com/kreuzwerker/terraform-provider-docker
    pattern: /Error pushing docker image/,
    fix: 'built the image, but the repository refused it; nothing runs it yet. Whoever deploys needs roles/artifactregistry.writer on the repository, and Docker their credentials: gcloud auth configure-docker REGION-docker.pkg.dev. Then deploy again.',
  },
];

/** What init says when the lock file of an earlier run is of other versions than are asked for now. */
const STALE_LOCK_FILE = /does not match configured version constraint|Inconsistent dependency lock file/;

const PLAN_FILE = 'deploy.tfplan';

/**
 * Makes a synthesized stack's folder ready: its backend and its providers. A lock file of providers that is there is
 * kept, and brought up to date when it does not fit.
 *
 * @throws TerraformError; CommandError when its state lies elsewhere than the settings say
 */
export async function initialize(terraform: Terraform, stack: SynthesizedStack): Promise<void> {
  const step = await backendStep(terraform, stack);
  const args = ['init', '-no-color', '-input=false', ...(step === 'reconfigure' ? ['-reconfigure'] : [])];
  let run = await runIn(terraform, stack, args);
  if (run.code !== 0 && STALE_LOCK_FILE.test(run.printed.replaceAll(/\s+/g, ' '))) {
    run = await runIn(terraform, stack, [...args, '-upgrade']);
  }
  if (run.code !== 0) throw failure(terraform, stack, 'init', run, true);
}

/**
 * Makes sure that a stack's providers can be had, without its state.
 *
 * @throws TerraformError
 */
export async function requireProviders(terraform: Terraform, stack: SynthesizedStack): Promise<void> {
  const run = await runIn(terraform, stack, ['init', '-no-color', '-input=false', '-backend=false']);
  if (run.code !== 0) throw failure(terraform, stack, 'init', run, false);
}

/**
 * Plans, and saves the plan.
 *
 * @param options more arguments, such as `-destroy` or `-replace=ADDRESS`
 * @throws TerraformError
 */
export async function plan(
  terraform: Terraform,
  stack: SynthesizedStack,
  options: readonly string[] = [],
): Promise<SavedPlan> {
  const made = await runIn(terraform, stack, [
    ...['plan', '-no-color', '-input=false', `-out=${PLAN_FILE}`],
    ...options,
  ]);
  if (made.code !== 0) throw failure(terraform, stack, 'plan', made, true);
  const shown = await runIn(terraform, stack, ['show', '-json', PLAN_FILE]);
  // It holds values: it is not shown.
  if (shown.code !== 0) throw failure(terraform, stack, 'show', shown, false);
  return { stack, file: path.join(stack.directory, PLAN_FILE), json: JSON.parse(shown.stdout) };
}

/**
 * Applies exactly a saved plan, with its progress shown. The plan is gone afterwards: it can be applied once.
 *
 * @throws TerraformError
 */
export async function apply(terraform: Terraform, { stack, file }: SavedPlan): Promise<void> {
  const { stderr } = terraform.io;
  const colour = stderr.isTTY ? [] : ['-no-color'];
  try {
    const run = await runIn(terraform, stack, ['apply', '-input=false', ...colour, file], stderr);
    if (run.code !== 0) throw failure(terraform, stack, 'apply', run, false);
  } finally {
    await rm(file, { force: true });
  }
}

async function runIn(
  { program, environment, signal }: Terraform,
  { directory }: SynthesizedStack,
  args: readonly string[],
  show?: Io['stderr'],
): Promise<TerraformRun> {
  const cache = await pluginCache(environment);
  return runTerraform(program, args, { directory, environment: { ...environment, ...cache }, signal, show });
}

/** Providers are downloaded once for all stacks, where cdktf keeps them, unless somebody chose a place. */
async function pluginCache(environment: Environment): Promise<Environment> {
  if (environment.TF_PLUGIN_CACHE_DIR || environment.CDKTF_DISABLE_PLUGIN_CACHE_ENV) return {};
  const directory = path.join(
    environment.HOME ?? environment.USERPROFILE ?? homedir(),
    '.terraform.d',
    'plugin-cache',
  );
  try {
    await mkdir(directory, { recursive: true });
    return { TF_PLUGIN_CACHE_DIR: directory };
  } catch {
    return {};
  }
}

/** @param isToBeShown whether nobody has seen what it printed */
function failure(
  { io, program, signal }: Terraform,
  stack: SynthesizedStack,
  command: string,
  { printed }: TerraformRun,
  isToBeShown: boolean,
): TerraformError {
  const plain = stripVTControlCharacters(printed);
  if (isToBeShown && !signal.aborted) io.stderr.write(plain.endsWith('\n') ? plain : `${plain}\n`);
  const name = `${program.product} (${command} of ${stack.name})`;
  if (signal.aborted) return new TerraformError(`${name} was stopped, and has given its lock back.`, plain);
  const words = plain.replaceAll(/[\s│╷╵]+/g, ' ');
  const known = KNOWN_FAILURES.find(({ pattern }) => pattern.test(words));
  return new TerraformError(
    known ? `${name} ${known.fix}` : `${name} failed; its last lines say why.`,
    plain,
  );
}
