import { type Io, print, printData, printJson } from '../io.ts';
import { withProgress } from '../output/progress.ts';
import { type EnvForm, formatVariables } from '../secret/dotenv.ts';
import { openSecret } from '../secret/open.ts';
import { addSecretVersion, isSecretName } from '../secret/secret-manager.ts';
import { adviceToPut, readStored, requireKeys } from '../secret/stored.ts';
import type { Target } from '../secret/target.ts';
import { readValues } from '../secret/values.ts';
import { writePrivateFile } from './private-file.ts';

/** Arguments of `cloud-run-identity export`. */
export interface RunExportOptions extends Target {
  /** Path of a file, `-` for standard output, or `projects/P/secrets/S`. */
  readonly destination: string;
  /** Form of a config's file. @default by the file's name: .env or JSON */
  readonly form?: EnvForm | 'json' | undefined;
  /** @default the live one */
  readonly generation?: string | undefined;
  /** Whether a file of that name is replaced. */
  readonly force?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/**
 * The command `export`: writes the secret in clear to a file that only its owner can read, to standard output, or as a
 * new version of a secret in Secret Manager.
 *
 * @throws CommandError, SecretError
 */
export async function runExport(io: Io, options: RunExportOptions): Promise<void> {
  const { destination, force, form, generation: wanted, json, ...target } = options;
  const secret = await openSecret(io, target);
  if (form !== undefined) requireKeys(secret);
  const { plaintext, generation } = await readStored(secret, wanted);
  const byName = secret.format === 'json' && /\.env(?:\.[\w-]+)?$/.test(destination) ? 'env' : 'json';
  const chosen = form ?? byName;
  const bytes =
    chosen === 'json'
      ? plaintext
      : Buffer.from(formatVariables(readValues(plaintext, adviceToPut(secret)), chosen));
  if (destination === '-') return printData(io, bytes);
  let written = destination;
  if (isSecretName(destination)) {
    written = await withProgress(io, 'Adding a version', () => addSecretVersion(secret, destination, bytes));
  } else await writePrivateFile(io, destination, bytes, { force });
  if (json) printJson(io, { destination: written, generation });
  else print(io, `Exported generation ${generation} to ${written}`);
}
