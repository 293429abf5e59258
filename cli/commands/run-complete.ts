import type { Argument, Command, Option } from 'commander';

/** Shells that a script can be had for. */
export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

/** Says that the shell is to complete the name of a file; no word begins like it. */
const FILES = ':files';

/** What the value of an option, or an argument, is the name of a file for. */
const NAMES_FILE = /^(?:file|folder|directory|source|destination|place|before|program|arguments|config)$/;

/**
 * What may come next on a command line, each with a description after a tab; `:files` stands for names of files.
 *
 * @param words those after the program; the last one is being typed
 */
export function suggest(program: Command, words: readonly string[]): string[] {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  let command = program;
  let option: Option | undefined;
  let operands = 0;
  for (const word of before) {
    if (word === '--') return [FILES];
    const isValue = option !== undefined;
    option = isValue ? undefined : takesValue(command, word);
    if (isValue || word.startsWith('-')) continue;
    const inner = command.commands.find((one) => one.name() === word);
    if (inner) command = inner;
    else operands += 1;
  }
  if (option) return valuesOf(option.argChoices, nameIn(option.flags)).filter(fits(typed));
  if (typed.startsWith('-')) {
    const options = command.createHelp().visibleOptions(command);
    return options
      .flatMap(({ long, description }) => (long ? [`${long}\t${description}`] : []))
      .filter(fits(typed));
  }
  const commands = command.createHelp().visibleCommands(command);
  if (commands.length > 0)
    return commands.map((one) => `${one.name()}\t${one.description()}`).filter(fits(typed));
  const argument = command.registeredArguments[operands] ?? lastVariadic(command);
  return argument ? valuesOf(argument.argChoices, argument.name()).filter(fits(typed)) : [];
}

function takesValue(command: Command, word: string): Option | undefined {
  return command.options.find(({ long, short, required }) => required && (word === long || word === short));
}

function lastVariadic(command: Command): Argument | undefined {
  const last = command.registeredArguments.at(-1);
  return last?.variadic ? last : undefined;
}

function valuesOf(choices: readonly string[] | undefined, name: string): string[] {
  return choices ? [...choices] : NAMES_FILE.test(name) ? [FILES] : [];
}

function nameIn(flags: string): string {
  return /[<[]([\w-]+)/.exec(flags)?.[1] ?? '';
}

function fits(typed: string): (suggestion: string) => boolean {
  return (suggestion) => suggestion === FILES || suggestion.startsWith(typed);
}

/** Scripts that ask the program itself, and need nothing besides the shell. */
export const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], string>> = {
  bash: String.raw`_cloud_run_identity() {
  local line files= cur="${'$'}{COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  while IFS= read -r line; do
    if [ "$line" = ':files' ]; then files=1; else COMPREPLY+=("${'$'}{line%%$'\t'*}"); fi
  done < <(cloud-run-identity complete -- "${'$'}{COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [ -n "$files" ]; then
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$cur")
    compopt -o filenames 2>/dev/null
  fi
}
complete -F _cloud_run_identity cloud-run-identity
`,
  zsh: String.raw`#compdef cloud-run-identity
_cloud_run_identity() {
  local -a found
  local line files
  while IFS= read -r line; do
    if [[ $line == ':files' ]]; then files=1; else found+=("${'$'}{${'$'}{line//:/\\:}/$'\t'/:}"); fi
  done < <(cloud-run-identity complete -- "${'$'}{(@)words[2,CURRENT]}" 2>/dev/null)
  (( $#found )) && _describe 'cloud-run-identity' found
  [[ -n $files ]] && _files
}
compdef _cloud_run_identity cloud-run-identity
`,
  fish: `function __cloud_run_identity
  set -l words (commandline -opc) (commandline -ct)
  for line in (cloud-run-identity complete -- $words[2..] 2>/dev/null)
    if test "$line" = ':files'
      __fish_complete_path (commandline -ct)
    else
      echo $line
    end
  end
end
complete -c cloud-run-identity -f -a '(__cloud_run_identity)'
`,
  powershell: `Register-ArgumentCompleter -Native -CommandName cloud-run-identity -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  if ($wordToComplete -eq '') { $words += '' }
  cloud-run-identity complete -- @words 2>$null | ForEach-Object {
    if ($_ -eq ':files') {
      [System.Management.Automation.CompletionCompleters]::CompleteFilename($wordToComplete)
    } else {
      $value, $text = $_ -split "\`t", 2
      if (-not $text) { $text = $value }
      [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $text)
    }
  }
}
`,
};
