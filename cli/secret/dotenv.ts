import { CommandError } from '../errors.ts';
import { textProblem } from '../input/text.ts';
import { textOf, type Values } from './values.ts';

/**
 * The forms of .env files that Node's parseEnv, dotenv, python-dotenv, Docker Compose and a POSIX shell read alike:
 * other characters without quotes, escapes, expansions and more kinds of quotes are what they differ in.
 */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const PLAIN = /^[\p{L}\p{N}_.,:/@%+=^*?![\]{}-]*$/u;
const SINGLE_QUOTED = /^(?!.*\\\\)(?!.*\$\{)[^'\r]*(?<!\\)$/s;
const DOUBLE_QUOTED = /^[^"\\$`\r]*$/;

/** Forms in which values are written for other programs. */
export const ENV_FORMS = ['env', 'sh', 'docker'] as const;

/** One of them. */
export type EnvForm = (typeof ENV_FORMS)[number];

/**
 * Reads a .env file, as far as every reader of such files reads the same from it.
 *
 * @param source what it is, for the error
 * @throws CommandError with all lines that they read differently, and how each is written; never with a value
 */
export function parseDotenv(text: string, source: string): Record<string, string> {
  const values: Record<string, string> = {};
  const problems: string[] = [];
  const firstLines = new Map<string, number>();
  let number = 1;
  for (let at = 0; at < text.length; ) {
    const { end, ...read } = readEntry(text, at);
    if (read.problem !== undefined) problems.push(`line ${number}: ${read.problem}`);
    if (read.name !== undefined) {
      const first = firstLines.get(read.name);
      if (first !== undefined)
        problems.push(`line ${number}: ${read.name} is there already, on line ${first}`);
      firstLines.set(read.name, first ?? number);
      Object.defineProperty(values, read.name, { value: read.value, enumerable: true, writable: true });
    }
    number += text.slice(at, end).split('\n').length - 1;
    at = end;
  }
  if (problems.length === 0) return values;
  throw new CommandError(
    `${source} is not read alike by Node, dotenv, python-dotenv, Docker Compose and a shell:\n` +
      problems.map((problem) => `  - ${problem}\n`).join('') +
      "Write each value without quotes, as letters and digits; or in 'single quotes'; or use JSON, which holds everything.",
  );
}

interface Entry {
  /** Where the next one begins. */
  readonly end: number;
  readonly name?: string;
  readonly value?: string;
  readonly problem?: string;
}

function readEntry(text: string, at: number): Entry {
  const [line, end] = lineAt(text, at);
  if (/^[ \t]*(?:#.*)?$/.test(line))
    return line.includes('\r') ? { end, problem: 'a carriage return' } : { end };
  const [, prefix = '', name = '', rest = ''] = /^(export )?([^=]*?)=(.*)$/s.exec(line) ?? [];
  if (!line.includes('=')) return { end, problem: 'no KEY=VALUE and no # comment' };
  if (!NAME.test(name)) return { end, problem: badName(name) };
  const quote = rest[0];
  if (quote === "'" || quote === '"')
    return readQuoted(text, at + prefix.length + name.length + 1, quote, name);
  const [, value = '', comment = ''] = /^(.*?)([ \t]+(?:#.*)?)?$/s.exec(rest) ?? [];
  // Node reads such a line, and one with export, as it reads no other.
  if (value === '' && (comment !== '' || prefix !== ''))
    return { end, name, value, problem: `${name} has no value: write it as ${name}= and nothing else` };
  // For Docker Compose a comment begins after a space alone; an older Node takes the tab for a part of the value.
  if (comment.includes('\t'))
    return { end, name, value, problem: `${name} has a tab after its value: write a space` };
  if (PLAIN.test(value) && !comment.includes('\r')) return { end, name, value };
  return { end, name, value, problem: `the value of ${name} ${differenceIn(value)}` };
}

/** What is left of a line, without its end, and where the next one begins. */
function lineAt(text: string, at: number): [line: string, next: number] {
  const newline = text.indexOf('\n', at);
  if (newline < 0) return [text.slice(at), text.length];
  return [text.slice(at, text[newline - 1] === '\r' ? newline - 1 : newline), newline + 1];
}

function readQuoted(text: string, start: number, quote: string, name: string): Entry {
  const close = text.indexOf(quote, start + 1);
  if (close < 0) {
    return { end: text.length, name, value: '', problem: `the value of ${name} has no closing ${quote}` };
  }
  const value = text.slice(start + 1, close);
  const [after, end] = lineAt(text, close + 1);
  if (!/^[ \t]*$|^[ \t]+#[^\r]*$/.test(after)) {
    return { end, name, value, problem: `the value of ${name} goes on after its closing ${quote}` };
  }
  const fits = quote === "'" ? SINGLE_QUOTED : DOUBLE_QUOTED;
  if (fits.test(value)) return { end, name, value };
  return { end, name, value, problem: `the value of ${name} in ${quote} quotes ${differenceIn(value)}` };
}

/** A line whose beginning does not look like a name may have a secret there. */
function badName(name: string): string {
  const trimmed = name.trim();
  if (NAME.test(trimmed)) return `there are spaces around ${trimmed}: write ${trimmed}=VALUE`;
  return 'what stands before = is no name: A-Z, a-z, 0-9 and _ make one';
}

function differenceIn(value: string): string {
  const found = [...'#$\\`"\'&;|<>()~'].find((character) => value.includes(character));
  if (found !== undefined) return `has ${found}, which they read differently`;
  if (value.includes('\r'))
    return 'has a carriage return, which some of them drop: save the file with line feeds alone';
  if (/[ \t]/.test(value)) return 'has a space outside of quotes';
  return 'has a character that they read differently';
}

/**
 * A config in a form for other programs: `env` for every reader of .env files alike, `sh` for a POSIX shell, `docker`
 * for `docker run --env-file`. None can hold everything.
 *
 * @throws CommandError, without a value, that names all keys that the form cannot hold
 */
export function formatVariables(values: Values, form: EnvForm): string {
  const problems: string[] = [];
  const lines = Object.entries(values).map(([key, value]) => {
    const text = textOf(value);
    const line = NAME.test(key) && textProblem(text) === undefined ? LINES[form](key, text) : undefined;
    if (line === undefined) problems.push(key);
    return `${line}\n`;
  });
  if (problems.length === 0) return lines.join('');
  throw new CommandError(
    `The form ${form} cannot hold ${problems.map((key) => JSON.stringify(key)).join(', ')}, in name or value, so that it is read back as it is: export it with --form json.`,
  );
}

const LINES: Readonly<Record<EnvForm, (key: string, text: string) => string | undefined>> = {
  env(key, text) {
    if (PLAIN.test(text)) return `${key}=${text}`;
    if (SINGLE_QUOTED.test(text)) return `${key}='${text}'`;
    return DOUBLE_QUOTED.test(text) ? `${key}="${text}"` : undefined;
  },
  sh: (key, text) => `export ${key}='${text.replaceAll("'", String.raw`'\''`)}'`,
  docker: (key, text) => (/[\r\n]/.test(text) ? undefined : `${key}=${text}`),
};
