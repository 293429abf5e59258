import type { Check, XStatic } from 'typebox/schema';
import { InvalidConfigError } from './errors.ts';

/** A port in decimal digits, 1 to 65535. */
export const portPattern =
  '^(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$';

/**
 * JSON Schema of the config that is encrypted, with the keys of the reference's config.json. `description`
 * is what a problem says is allowed; `x-secret` marks a value that is masked wherever values are shown.
 *
 * Unknown keys are refused: a misspelt one would otherwise be noticed only when its value is missed, and
 * one that is not declared here has nobody who decided whether it is secret. Apps add their keys here.
 */
export const configSchema = {
  type: 'object',
  required: ['DB_HOST', 'DB_PORT', 'DB_USER', 'DB_PASS'],
  additionalProperties: false,
  properties: {
    DB_HOST: { type: 'string', pattern: '\\S', description: 'a non-empty string' },
    DB_PORT: { type: 'string', pattern: portPattern, description: 'a string of digits from "1" to "65535"' },
    DB_USER: { type: 'string', pattern: '\\S', description: 'a non-empty string' },
    DB_PASS: { type: 'string', minLength: 1, description: 'a non-empty string', 'x-secret': true },
  },
} as const;

/** The decrypted config. */
export type Config = Readonly<XStatic<typeof configSchema>>;

/** A key of the config. */
export type ConfigKey = keyof Config;

/** The keys in the order in which they are shown. */
export const configKeys = Object.keys(configSchema.properties) as readonly ConfigKey[];

/** Whether the value of a key is a secret on its own, such as a password. */
export function isSecret(key: ConfigKey): boolean {
  return 'x-secret' in configSchema.properties[key];
}

/**
 * Reads the bytes of a config: UTF-8 (a byte order mark is allowed) JSON of the shape of configSchema.
 *
 * @throws InvalidConfigError with all problems at once. It never holds a value: the errors of JSON.parse
 *   and of the schema quote their input, so neither their text nor they themselves are passed on.
 */
export async function parseConfig(bytes: Uint8Array): Promise<Config> {
  // Imported here: it takes longer to load than all else that a command which reads no config does.
  const { Check } = await import('typebox/schema');
  const config = parseJson(decodeUtf8(bytes));
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw invalid([`must be a JSON object, got ${typeName(config)}`]);
  }
  const problems = [...problemsOfKnownKeys(config, Check), ...problemsOfUnknownKeys(config)];
  if (problems.length > 0 || !Check(configSchema, config)) throw invalid(problems);
  return Object.freeze(config);
}

function problemsOfKnownKeys(config: object, check: typeof Check): string[] {
  return configKeys.flatMap((key) => {
    const schema = configSchema.properties[key];
    if (!Object.hasOwn(config, key)) return [`${key} is missing: it must be ${schema.description}`];
    const value: unknown = config[key as keyof typeof config];
    if (check(schema, value)) return [];
    return [`${key} must be ${schema.description}, got ${typeName(value)}`];
  });
}

function problemsOfUnknownKeys(config: object): string[] {
  return Object.keys(config)
    .filter((key) => !Object.hasOwn(configSchema.properties, key))
    .map((key) => `${nameOf(key)} is not a key of the config: allowed are ${configKeys.join(', ')}`);
}

// A key that does not look like one may be a value in the wrong place.
function nameOf(key: string): string {
  return /^[A-Z][A-Z0-9_]{0,39}$/.test(key) ? key : 'A key whose name is not written as A-Z, 0-9 and _';
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (value === '') return 'an empty string';
  if (typeof value === 'string') return 'another string';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid(['is not UTF-8 text']);
  }
}

function parseJson(text: string): unknown {
  if (text.trim() === '') throw invalid(['is empty: a JSON object is expected']);
  try {
    return JSON.parse(text);
  } catch (error) {
    const place = /\(line \d+ column \d+\)/.exec(String(error))?.[0];
    throw invalid([`is not valid JSON${place ? ` ${place}` : ''}`]);
  }
}

function invalid(problems: readonly string[]): InvalidConfigError {
  return new InvalidConfigError(
    problems,
    'correct the plain config.json and encrypt it again: npx cloud-run-identity encrypt config.json',
  );
}
