import { type Format, parseConfig } from '@cloud-run-identity/secrets';
import { readInputFile } from '../input/input-file.ts';
import type { Io } from '../io.ts';
import { withProgress } from '../output/progress.ts';
import { parseDotenv } from '../secret/dotenv.ts';
import { openSecret, type Target } from '../secret/open.ts';
import { accessSecret, isSecretName } from '../secret/secret-manager.ts';
import { formatValues } from '../secret/values.ts';
import { putConfig } from './run-put.ts';

const SOURCE_ADVICE = ': name a .env file, a JSON file, or projects/PROJECT/secrets/SECRET.';

/** Arguments of `cloud-run-identity import`. */
export interface RunImportOptions extends Target {
  /** Path of a .env or JSON file, or `projects/P/secrets/S[/versions/V]`. */
  readonly source: string;
  readonly dryRun?: boolean | undefined;
  readonly ifGeneration?: string | undefined;
  readonly format?: Format | undefined;
  readonly json?: boolean | undefined;
}

/**
 * The command `import`: `put` of a config that is kept elsewhere: in Secret Manager (as JSON or in the form of a .env
 * file), in a .env file, or in a JSON file.
 *
 * @throws CommandError, SecretError
 */
export async function runImport(io: Io, options: RunImportOptions): Promise<void> {
  const { source } = options;
  const isSecret = isSecretName(source);
  const file = isSecret ? undefined : await readInputFile(io, source, SOURCE_ADVICE);
  const secret = await openSecret(io, options);
  const read =
    file ?? (await withProgress(io, 'Reading the secret', () => accessSecret(secret, source))).payload;
  const plaintext = isJson(read) ? read : formatValues(parseDotenv(read.toString('utf8')));
  await parseConfig(plaintext);
  await putConfig(io, secret, plaintext, options);
}

/** A config in JSON is an object; no .env file begins like one. */
function isJson(bytes: Uint8Array): boolean {
  return /^\s*\{/.test(
    Buffer.from(bytes)
      .toString('utf8')
      .replace(/^\uFEFF/, ''),
  );
}
