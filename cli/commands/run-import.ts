import type { JsonSchema } from '@cloud-run-identity/secrets';
import { CommandError } from '../errors.ts';
import { readInputFile } from '../input/input-file.ts';
import { decodeText, type Encoding, textProblem } from '../input/text.ts';
import type { Io } from '../io.ts';
import { withProgress } from '../output/progress.ts';
import { isBerglasReference, readBerglas } from '../secret/berglas.ts';
import { parseDotenv } from '../secret/dotenv.ts';
import { FIRST_SECRET, type OpenSecret, openSecret } from '../secret/open.ts';
import { readSchema } from '../secret/schema.ts';
import { accessSecret, isSecretName } from '../secret/secret-manager.ts';
import { checkSecretOr } from '../secret/shape.ts';
import { decryptSops } from '../secret/sops.ts';
import { parseSops } from '../secret/sops-file.ts';
import type { Target } from '../secret/target.ts';
import { formatValues, parseJson, type Values } from '../secret/values.ts';
import type { WrittenSecret } from './print-written.ts';
import { putSecret, type WriteOptions } from './run-put.ts';

const SOURCE_ADVICE =
  ': name a .env or JSON file (of sops, and then YAML, too), projects/PROJECT/secrets/SECRET, or berglas://BUCKET/OBJECT.';

/** Arguments of `cloud-run-identity import`. */
export interface RunImportOptions extends Target, WriteOptions {
  /** Path of a .env or JSON file, `projects/P/secrets/S[/versions/V]`, or `berglas://BUCKET/OBJECT`. */
  readonly source: string;
  readonly encoding?: Encoding | undefined;
}

/**
 * The command `import`: `put` of a secret that is kept elsewhere: in Secret Manager (a config as JSON or in the form of
 * a .env file), in a .env file, in a JSON file, in one of sops (JSON, YAML
 * or .env), or by berglas.
 *
 * @throws CommandError, SecretError
 */
export async function runImport(io: Io, options: RunImportOptions): Promise<WrittenSecret | undefined> {
  const { source, encoding, dryRun, ifGeneration, sealAs, json, ...target } = options;
  const isFile = !isSecretName(source) && !isBerglasReference(source);
  const file = isFile ? await readInputFile(io, source, SOURCE_ADVICE) : undefined;
  const secret = await openSecret(io, target);
  const read = file ?? (await withProgress(io, 'Reading the secret', () => readElsewhere(secret, source)));
  const plaintext = await plaintextOf(secret, read, source, encoding);
  await checkSecretOr(secret, plaintext, `Correct ${source} and run the command again.`);
  return putSecret(secret, plaintext, { dryRun, ifGeneration, sealAs, json });
}

async function readElsewhere(secret: OpenSecret, source: string): Promise<Buffer> {
  return isBerglasReference(source)
    ? readBerglas(secret, source)
    : (await accessSecret(secret, source)).payload;
}

async function plaintextOf(
  secret: OpenSecret,
  bytes: Uint8Array,
  source: string,
  encoding: Encoding | undefined,
): Promise<Uint8Array> {
  const { io, name, format } = secret;
  const sops = await parseSops(Buffer.from(bytes).toString(), source);
  if (sops) return decryptSops(secret, sops, source);
  if (format === 'bytes') return bytes;
  const text = decodeText(bytes, source, encoding);
  // A config in JSON is an object; no .env file begins like one.
  if (format === 'text' || /^\s*\{/.test(text)) return Buffer.from(text);
  const values = parseDotenv(text, source);
  for (const [key, value] of Object.entries(values)) {
    const problem = textProblem(value);
    if (problem !== undefined) throw new CommandError(`In ${source}, the value of ${key} ${problem}.`);
  }
  const schema = name === FIRST_SECRET ? await readSchema(io) : undefined;
  return formatValues(typed(values, schema ?? {}));
}

/** A .env file has texts only: what the schema has no text for is read as JSON, the form in which export writes it. */
function typed(values: Readonly<Record<string, string>>, { properties }: JsonSchema): Values {
  const schemas = (properties ?? {}) as Readonly<Record<string, { readonly type?: unknown } | undefined>>;
  const entries = Object.entries(values).map(([key, text]) => {
    const type = schemas[key]?.type;
    if (type === undefined || [type].flat().includes('string')) return [key, text];
    try {
      return [key, parseJson(text)];
    } catch {
      // The schema says what it must be, without quoting it.
      return [key, text];
    }
  });
  return Object.fromEntries(entries);
}
