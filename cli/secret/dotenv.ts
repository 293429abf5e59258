import { parseEnv } from 'node:util';
import { CommandError } from '../errors.ts';
import type { Values } from './values.ts';

/** Reads a .env file as Node's `--env-file` does. */
export function parseDotenv(text: string): Values {
  return { ...parseEnv(text) };
}

/**
 * A config as a .env file that Node's `--env-file` reads back to the very same.
 *
 * @throws CommandError, without a value, for a value that no quotes can hold
 */
export function formatDotenv(values: Values): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${quoted(key, String(value))}\n`)
    .join('');
}

function quoted(key: string, value: string): string {
  const candidates = ["'", '`', '"'].map((quote) => `${quote}${value}${quote}`);
  const exact = candidates.find((candidate) => parseEnv(`${key}=${candidate}\n`)[key] === value);
  if (exact !== undefined) return exact;
  throw new CommandError(
    `The value of ${key} has every kind of quote, which a .env file cannot hold: export it as JSON.`,
  );
}
