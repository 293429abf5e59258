import { type Io, print, printJson } from '../io.ts';
import { withProgress } from '../output/progress.ts';
import { formatDotenv } from '../secret/dotenv.ts';
import { openSecret, type Target } from '../secret/open.ts';
import { addSecretVersion, isSecretName } from '../secret/secret-manager.ts';
import { readStored } from '../secret/stored.ts';
import { readValues } from '../secret/values.ts';
import { writePrivateFile } from './private-file.ts';

/** Arguments of `cloud-run-identity export`. */
export interface RunExportOptions extends Target {
  /** Path of a file, `-` for standard output, or `projects/P/secrets/S`. */
  readonly destination: string;
  /** Form of a file: .env or JSON. @default by the file's name */
  readonly form?: 'env' | 'json' | undefined;
  /** @default the live one */
  readonly generation?: string | undefined;
  /** Whether a file of that name is replaced. */
  readonly force?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/**
 * The command `export`: writes the config in clear to a file that only its owner can read, to standard output, or as a
 * new version of a secret in Secret Manager.
 *
 * @throws CommandError, SecretError
 */
export async function runExport(io: Io, options: RunExportOptions): Promise<void> {
  const { destination, force } = options;
  const secret = await openSecret(io, options);
  const { plaintext, generation } = await readStored(secret, options.generation);
  const isEnv = (options.form ?? (/\.env(?:\.[\w-]+)?$/.test(destination) ? 'env' : 'json')) === 'env';
  const bytes = isEnv ? Buffer.from(formatDotenv(readValues(plaintext))) : plaintext;
  if (destination === '-') {
    io.stdout.write(bytes);
    return;
  }
  let written = destination;
  if (isSecretName(destination)) {
    written = await withProgress(io, 'Adding a version', () => addSecretVersion(secret, destination, bytes));
  } else await writePrivateFile(io, destination, bytes, { force });
  if (options.json) printJson(io, { destination: written, generation });
  else print(io, `Exported generation ${generation} to ${written}`);
}
