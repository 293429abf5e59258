import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CommandError } from '../errors.ts';
import type { SynthesizedStack } from '../local/synthesize.ts';
import { runTerraform, type Terraform } from './terraform.ts';

/** Where a state is kept (https://developer.hashicorp.com/terraform/language/backend). */
interface Backend {
  readonly type: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** A state, as far as it is looked at here. */
interface State {
  readonly resources?: readonly {
    readonly instances?: readonly { readonly attributes?: Readonly<Record<string, unknown>> }[];
  }[];
}

/**
 * How `init` is to take the backend of a stack whose folder may have been used with another one: as it is, or
 * `-reconfigure`, when the state of before is another project's, or there is none to be left behind. A state is never
 * copied by the way.
 *
 * @throws CommandError with the command that moves the state, when it is this project's and lies elsewhere
 */
export async function backendStep(
  terraform: Terraform,
  stack: SynthesizedStack,
): Promise<'as it is' | 'reconfigure'> {
  const before = await usedBackend(stack.directory);
  const now = declaredBackend(stack);
  if (!before || !now || isSame(before, now)) return 'as it is';
  const old = await pull(terraform, before);
  if (!projectsIn(old).has(projectOf(stack))) return 'reconfigure';
  if ((await pull(terraform, now))?.resources?.length) return 'reconfigure';
  throw new CommandError(
    `The state of ${stack.name} lies in ${placeOf(before)}, and the settings now say ${placeOf(now)}, where there is none: ` +
      'a deployment would make everything again. Nothing was changed. To move it there:\n' +
      `  ${terraform.program.program} -chdir=${stack.directory} init -migrate-state`,
  );
}

/** The backend that the folder was made ready for, if it was. */
async function usedBackend(directory: string): Promise<Backend | undefined> {
  const file = path.join(directory, '.terraform', 'terraform.tfstate');
  return existsSync(file) ? JSON.parse(await readFile(file, 'utf8')).backend : undefined;
}

function declaredBackend({ json }: SynthesizedStack): Backend | undefined {
  const { backend = {} } = (json.terraform ?? {}) as { backend?: Record<string, Backend['config']> };
  const [entry] = Object.entries(backend);
  return entry && { type: entry[0], config: entry[1] };
}

/** What is not declared stands in the other one as null. */
function isSame(before: Backend, now: Backend): boolean {
  const names = new Set([...Object.keys(before.config), ...Object.keys(now.config)]);
  return (
    before.type === now.type &&
    [...names].every((name) => (before.config[name] ?? null) === (now.config[name] ?? null))
  );
}

/**
 * Reads a state in a folder of its own.
 *
 * @throws CommandError when it cannot be read: then nobody can say what would be left behind
 */
async function pull(
  { program, environment, signal }: Terraform,
  backend: Backend,
): Promise<State | undefined> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'cloud-run-identity-state-'));
  try {
    const config = Object.fromEntries(Object.entries(backend.config).filter(([, value]) => value !== null));
    const json = { terraform: { backend: { [backend.type]: config } } };
    await writeFile(path.join(directory, 'backend.tf.json'), JSON.stringify(json));
    const run = (...args: string[]) => runTerraform(program, args, { directory, environment, signal });
    // It may fail to get the state's providers, which reading needs not; the backend comes before them.
    await run('init', '-input=false', '-no-color');
    const { code, stdout } = await run('state', 'pull');
    if (code !== 0) {
      throw new CommandError(
        `The state in ${placeOf(backend)} cannot be read, and what it holds might be left behind. Nothing was changed. ` +
          `Make it readable; or, where it is gone for good, remove the folder .terraform of the stack in cdktf.out.`,
      );
    }
    return stdout.trim() === '' ? undefined : (JSON.parse(stdout) as State);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function projectsIn(state: State | undefined): ReadonlySet<unknown> {
  const instances = state?.resources?.flatMap((resource) => resource.instances ?? []) ?? [];
  return new Set(instances.map(({ attributes }) => attributes?.project).filter(Boolean));
}

function projectOf({ json }: SynthesizedStack): unknown {
  const { google = [] } = (json.provider ?? {}) as { google?: readonly { readonly project?: string }[] };
  return google[0]?.project;
}

function placeOf({ type, config }: Backend): string {
  if (type === 'gcs') return `gs://${config.bucket}/${config.prefix ?? ''}`;
  return String(config.path ?? type);
}
