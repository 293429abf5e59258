import { Command, CommanderError } from 'commander';
import { addCheckCommands } from './commands/checks.ts';
import { addDeployCommands, addPreflightCommand } from './commands/deploy.ts';
import { addKeyCommands, addTransferCommands } from './commands/keys.ts';
import { addLocalCommands } from './commands/local.ts';
import { addRotationCommands } from './commands/rotation.ts';
import { addReadCommands, addWriteCommands } from './commands/secret.ts';
import { addEnvironmentOption } from './commands/target-options.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { type Environment, type Io, print, printError } from './io.ts';

/**
 * Runs the command line to its end. Commands import what they need when they run: loading is most of what a command
 * does.
 *
 * @param argv arguments after the program
 * @returns the exit code
 */
export async function run(argv: readonly string[], process: Io): Promise<number> {
  const io = { ...process, environment: { ...process.environment, ...chosenEnvironment(argv) } };
  try {
    if (argv[0] === '--version' || argv[0] === '-V') return await printVersion(io);
    assertProgramIsApart(argv);
    await commandLine(io, argv).parseAsync(argv, { from: 'user' });
    return EXIT_CODES.done;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT_CODES.done;
    const isJson = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined).includes('--json');
    if (error instanceof CommanderError) {
      const { printUsageProblem } = await import('./usage.ts');
      printUsageProblem(io, error, argv, isJson);
      return EXIT_CODES.usage;
    }
    const { printFailure } = await import('./failure.ts');
    return printFailure(io, error, isJson);
  }
}

/**
 * What `--env` and `--impersonate-service-account` name, as the variables by which everything that reads settings, or
 * opens clients, is told.
 */
function chosenEnvironment(argv: readonly string[]): Environment {
  const name = optionOf(argv, '--env');
  const account = optionOf(argv, '--impersonate-service-account');
  return {
    ...(name !== undefined && { GCP_ENVIRONMENT: name }),
    // gcloud's variable, and that of Terraform's provider and state.
    ...(account !== undefined && {
      CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT: account,
      GOOGLE_IMPERSONATE_SERVICE_ACCOUNT: account,
    }),
  };
}

/** The value of one of the program's own options. */
function optionOf(argv: readonly string[], option: string): string | undefined {
  const own = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  const at = own.findIndex((word) => word === option || word.startsWith(`${option}=`));
  if (at < 0) return undefined;
  return own[at]?.startsWith(`${option}=`) ? own[at].slice(option.length + 1) : own[at + 1];
}

/** What follows exec is the program's own: it is taken for options of exec where nothing says so. */
function assertProgramIsApart(argv: readonly string[]): void {
  const isHelp = argv.includes('--help') || argv.includes('-h');
  if (argv[0] !== 'exec' || argv.includes('--') || isHelp) return;
  throw new CommanderError(2, 'missing-separator', 'exec takes the program after --');
}

/** Warns of variables that look like settings and are none. */
async function warnOfVariables(io: Io): Promise<void> {
  // The table of settings is read only by commands that need it, and by whoever has such a variable.
  if (!Object.keys(io.environment).some((name) => /^G(?:CP|CS|KE)_/.test(name))) return;
  const { misspeltVariableWarnings } = await import('../settings/index.ts');
  for (const warning of misspeltVariableWarnings(io.environment)) printError(io, `Warning: ${warning}`);
}

async function printVersion(io: Io): Promise<number> {
  const { default: manifest } = await import('cloud-run-identity/package.json', { with: { type: 'json' } });
  print(io, manifest.version);
  return EXIT_CODES.done;
}

function commandLine(io: Io, argv: readonly string[]): Command {
  const program = new Command('cloud-run-identity')
    .description("Operates the secret of a Cloud Run service that only the service's own identity can read.")
    .option('-V, --version', 'print the version')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      // What was typed may be a secret in a wrong place.
      outputError: () => {},
      getOutHasColors: () => io.stdout.isTTY === true,
      getErrHasColors: () => io.stderr.isTTY === true,
    });
  program.hook('preAction', async (_program, action) => {
    const takesTarget = action.options.some(({ long }) => long === '--google');
    if (!takesTarget) return;
    const { playgroundEnvironment } = await import('./local/cloud/playground.ts');
    const chosen = await playgroundEnvironment(io, action.opts());
    Object.assign(io, { environment: { ...io.environment, ...chosen } });
  });
  program.commandsGroup('Run and deploy:');
  addEnvironmentOption(program.command('start'))
    .description('run everything on this machine, without a Google account, until Ctrl-C')
    .option(
      '--container [image]',
      'run the service as a container: an image of the Docker engine, or one built now',
    )
    .option('--gke', 'run the service on a local GKE instead of Cloud Run')
    .action(async (options: { container?: string | true; gke?: boolean }) => {
      const { runStart } = await import('./commands/run-start.ts');
      await runStart(io, options);
    });
  program.hook('preAction', () => warnOfVariables(io));
  addDeployCommands(program, io);
  addLocalCommands(program, io);

  program.commandsGroup('The secret:');
  addWriteCommands(program, io);
  addReadCommands(program, io);
  addTransferCommands(program, io);
  addRotationCommands(program, io);
  addKeyCommands(program, io);

  program.commandsGroup('Checks:');
  addPreflightCommand(program, io);
  addCheckCommands(program, io);

  program.commandsGroup('Shell:');
  program
    .command('complete')
    .description('print the completions of a shell: eval "$(npx cloud-run-identity complete bash)"')
    .argument('[shell]', 'bash, zsh, fish or powershell')
    .argument('[words...]', 'after --, what has been typed so far')
    .action(async (...[, , , { args }]: [string, string[], object, Command]) => {
      const { SCRIPTS, suggest } = await import('./commands/run-complete.ts');
      const script = argv[1] === '--' ? undefined : SCRIPTS[args[0] as keyof typeof SCRIPTS];
      if (script !== undefined) io.stdout.write(script);
      else if (argv[1] === '--') for (const line of suggest(program, argv.slice(2))) print(io, line);
      else throw new CommanderError(2, 'unknown-shell', 'name one of bash, zsh, fish, powershell');
    });
  return program;
}
