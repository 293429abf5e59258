import { CommandError } from '../errors.ts';
import { readInputFile } from '../input/input-file.ts';
import { decodeText, type Encoding, textProblem } from '../input/text.ts';
import type { Io } from '../io.ts';
import { withProgress } from '../output/progress.ts';
import { parseDotenv } from '../secret/dotenv.ts';
import { type OpenSecret, openSecret } from '../secret/open.ts';
import { accessSecret, isSecretName } from '../secret/secret-manager.ts';
import { checkSecretOr } from '../secret/shape.ts';
import type { Target } from '../secret/target.ts';
import { formatValues } from '../secret/values.ts';
import { putSecret, type WriteOptions } from './run-put.ts';

const SOURCE_ADVICE = ': name a .env file, a JSON file, or projects/PROJECT/secrets/SECRET.';

/** Arguments of `cloud-run-identity import`. */
export interface RunImportOptions extends Target, WriteOptions {
  /** Path of a .env or JSON file, or `projects/P/secrets/S[/versions/V]`. */
  readonly source: string;
  readonly encoding?: Encoding | undefined;
}

/**
 * The command `import`: `put` of a secret that is kept elsewhere: in Secret Manager (a config as JSON or in the form of
 * a .env file), in a .env file, or in a JSON file.
 *
 * @throws CommandError, SecretError
 */
export async function runImport(io: Io, options: RunImportOptions): Promise<void> {
  const { source, encoding, dryRun, ifGeneration, sealAs, json, ...target } = options;
  const file = isSecretName(source) ? undefined : await readInputFile(io, source, SOURCE_ADVICE);
  const secret = await openSecret(io, target);
  const read =
    file ?? (await withProgress(io, 'Reading the secret', () => accessSecret(secret, source))).payload;
  const plaintext = plaintextOf(secret, read, source, encoding);
  await checkSecretOr(secret, plaintext, `Correct ${source} and run the command again.`);
  await putSecret(secret, plaintext, { dryRun, ifGeneration, sealAs, json });
}

function plaintextOf(
  { format }: OpenSecret,
  bytes: Uint8Array,
  source: string,
  encoding: Encoding | undefined,
): Uint8Array {
  if (format === 'bytes') return bytes;
  const text = decodeText(bytes, source, encoding);
  // A config in JSON is an object; no .env file begins like one.
  if (format === 'text' || /^\s*\{/.test(text)) return Buffer.from(text);
  const values = parseDotenv(text, source);
  for (const [key, value] of Object.entries(values)) {
    const problem = textProblem(value);
    if (problem !== undefined) throw new CommandError(`In ${source}, the value of ${key} ${problem}.`);
  }
  return formatValues(values);
}
