import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { commandFor } from '../advice.ts';
import { CommandError, ExitError } from '../errors.ts';
import { withPrivateDirectory } from '../input/private-directory.ts';
import { textProblem } from '../input/text.ts';
import { type Io, spawnWith } from '../io.ts';
import { openSecretToRead, type ReadableSecret } from '../secret/open.ts';
import { checkSecret } from '../secret/shape.ts';
import { adviceToPut, readStored } from '../secret/stored.ts';
import type { Target } from '../secret/target.ts';
import { readValues, textOf } from '../secret/values.ts';

/** Arguments of `cloud-run-identity exec`. */
export interface RunExecOptions extends Target {
  /** Program and arguments; no shell takes them apart. */
  readonly command: readonly string[];
  /** @default the live one */
  readonly generation?: string | undefined;
  /** What the names of the variables begin with. */
  readonly prefix?: string | undefined;
  /** Variable that gets the path of a private file with the secret, in place of its values. */
  readonly file?: string | undefined;
  /** Names that are wanted although they change how programs run. */
  readonly allow?: readonly string[] | undefined;
}

/** As shells have it: not found, and found but not to be run. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Variables by which programs, their loaders and their shells are led to other code: a value of theirs comes from
 * whoever may write the secret. Case counts nowhere but in Unix.
 */
const DANGEROUS =
  /^(?:PATH|PATHEXT|IFS|ENV|BASH_ENV|BASH_FUNC_.*|BASHOPTS|SHELLOPTS|PS4|PROMPT_COMMAND|SHELL|COMSPEC|EDITOR|VISUAL|PAGER|HOME|TMPDIR|LD_.*|DYLD_.*|GCONV_PATH|LOCPATH|NODE_(?:OPTIONS|PATH|EXTRA_CA_CERTS|TLS_REJECT_UNAUTHORIZED|REPL_EXTERNAL_MODULE)|PYTHON(?:PATH|HOME|STARTUP|INSPECT|EXECUTABLE|USERBASE|WARNINGS|BREAKPOINT)|PERL5?(?:LIB|OPT|DB)|RUBY(?:OPT|LIB)|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|CLASSPATH|DOTNET_STARTUP_HOOKS|PHPRC|PHP_INI_SCAN_DIR|LUA_(?:C?PATH|INIT).*|GIT_(?:SSH.*|EXEC_PATH|EXTERNAL_DIFF|PROXY_COMMAND|CONFIG.*)|SSH_ASKPASS|npm_config_.*|GOFLAGS|RUSTC_WRAPPER|(?:HTTPS?|ALL)_PROXY)$/i;

/**
 * The command `exec`: runs a program with the secret in its environment, or in a private file, and nowhere else.
 * Signals are passed on to it, and its exit code is this command's; for a signal 128 and its number, as shells have it.
 *
 * @throws ExitError with the program's exit code; CommandError, SecretError when it was not started
 */
export async function runExec(io: Io, options: RunExecOptions): Promise<void> {
  const { command, generation, prefix = '', file, allow = [], ...target } = options;
  const secret = await openSecretToRead(io, target);
  const { plaintext } = await readStored(secret, generation);
  await checkSecret(secret, plaintext);
  if (file !== undefined) {
    assertNames([file], allow);
    await withPrivateDirectory(io, async (directory) => {
      const place = path.join(directory, secret.name);
      await writeFile(place, plaintext, { mode: 0o600 });
      await runProgram(io, command, { [file]: place }, target);
    });
    return;
  }
  const variables = Object.fromEntries(
    Object.entries(variablesOf(secret, plaintext)).map(([name, value]) => [prefix + name, value]),
  );
  assertNames(Object.keys(variables), allow);
  const unfit = Object.entries(variables).flatMap(([name, value]) => {
    const problem = textProblem(value);
    return problem === undefined ? [] : [`${name} ${problem}`];
  });
  if (unfit.length > 0) {
    throw new CommandError(
      `${unfit.join('; ')}. Nothing was run; --file NAME gives the program a file instead.`,
    );
  }
  await runProgram(io, command, variables, target);
}

/** A text is one variable, named after its secret; of a config each key is one. */
function variablesOf(secret: ReadableSecret, plaintext: Uint8Array): Record<string, string> {
  const { name, format } = secret;
  if (format === 'bytes') {
    throw new CommandError(
      `The secret ${name} is bytes, which no variable holds: --file NAME gives the program a file.`,
    );
  }
  if (format === 'text')
    return { [name.toUpperCase().replaceAll('-', '_')]: Buffer.from(plaintext).toString() };
  const values = readValues(plaintext, adviceToPut(secret));
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, textOf(value)]));
}

/** @throws CommandError for names that are none, and for those that lead programs elsewhere and were not named */
function assertNames(names: readonly string[], allowed: readonly string[]): void {
  const odd = names.filter((name) => !NAME.test(name));
  if (odd.length > 0) {
    throw new CommandError(
      `${odd.map((name) => JSON.stringify(name)).join(', ')} cannot name a variable (A-Z, a-z, 0-9 and _, no digit first). Nothing was run; --file NAME gives the program a file instead.`,
    );
  }
  const dangerous = names.filter((name) => DANGEROUS.test(name) && !allowed.includes(name));
  if (dangerous.length === 0) return;
  throw new CommandError(
    `${dangerous.join(', ')} would change how programs run, and which. Nothing was run. If that is meant: ` +
      `${dangerous.map((name) => `--allow ${name}`).join(' ')}; or --prefix APP_ gives all names a beginning.`,
  );
}

async function runProgram(
  io: Io,
  [program = '', ...args]: readonly string[],
  variables: Readonly<Record<string, string>>,
  target: Target,
): Promise<void> {
  let exit: [number | null, NodeJS.Signals | null];
  try {
    const child = spawnWith(io, program, args, { env: { ...io.environment, ...variables } });
    io.onSignal((signal) => {
      // A terminal's Ctrl-C has reached the program already, as it is of the same process group.
      const isFromTerminal = io.stdin.isTTY && (signal === 'SIGINT' || signal === 'SIGQUIT');
      if (!isFromTerminal) child.kill(signal);
    });
    exit = (await once(child, 'close')) as typeof exit;
  } catch (error) {
    throw notStarted(program, error as NodeJS.ErrnoException, target);
  }
  const [code, signal] = exit;
  const exitCode = code ?? 128 + (signal ? os.constants.signals[signal] : 0);
  if (exitCode !== 0) throw new ExitError(exitCode);
}

/** Node's own words quote the environment. */
function notStarted(program: string, { code }: NodeJS.ErrnoException, target: Target): CommandError {
  if (code === 'ENOENT') {
    return new CommandError(`${program} was not found: name a program on the PATH.`, { exitCode: NOT_FOUND });
  }
  const large = `The secret is too large for an environment: ${commandFor(target, 'exec', '--file', 'NAME', '--', program)}`;
  const problem = code === 'E2BIG' ? large : `${program} cannot be run (${code ?? 'it cannot be started'}).`;
  return new CommandError(problem, { exitCode: NOT_EXECUTABLE });
}
