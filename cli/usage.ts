import type { CommanderError } from 'commander';
import { EXIT_CODES } from './exit-codes.ts';
import { type Io, printError } from './io.ts';

/** What is said of wrong usage, by commander's code. What was typed is never in it: it may be a secret in a wrong place. */
const WORDS: Readonly<Record<string, string>> = {
  'commander.unknownCommand': 'unknown command',
  'commander.unknownOption': 'unknown option',
  'commander.excessArguments':
    'too many arguments. A secret value is never one, where the history of the shell and other users of the machine ' +
    'see it: it comes from standard input or a prompt, as in npx cloud-run-identity set DB_PASS < FILE',
};

/** Says what is wrong with how the program was called; nothing of commander's own help is repeated. */
export function printUsageProblem(
  io: Io,
  error: CommanderError,
  argv: readonly string[],
  isJson: boolean,
): void {
  // No command at all: the help has been printed.
  if (error.code === 'commander.help') return;
  const lines = linesOf(error, argv);
  if (isJson)
    printError(io, JSON.stringify({ error: { message: lines.join(' '), exitCode: EXIT_CODES.usage } }));
  else printError(io, `Error: ${lines.join('\n')}`);
}

function linesOf({ code, message }: CommanderError, argv: readonly string[]): string[] {
  const [suggestion = ''] = /\(Did you mean [^()]*\?\)/.exec(message) ?? [];
  const words =
    WORDS[code] ??
    message.replace(/^error: /, '').replace(/argument '.*?' is invalid/s, 'argument is invalid');
  return [words, suggestion, hintOf(argv), 'See npx cloud-run-identity --help, or COMMAND --help.'].filter(
    Boolean,
  );
}

function hintOf(argv: readonly string[]): string {
  if (argv[0] !== 'exec' || argv.includes('--')) return '';
  return 'The program and its own options come after --, so that they are not taken for those of exec: exec -- PROGRAM …';
}
