import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { JsonSchema } from '@cloud-run-identity/secrets';
import { CommandError } from '../errors.ts';
import { type Io, pathOf } from '../io.ts';
import { projectDirectoryOf } from '../project-directory.ts';

/** Where a project of this kind has its schema, in the folder of cdktf.json. */
const DEFAULT_SCHEMA_FILE = path.join('service', 'config-schema.ts');

/**
 * The JSON Schema that the service checks its first secret with: SECRET_SCHEMA names a JSON file, or a module that exports
 * it as `configSchema` or by default.
 *
 * @returns undefined where there is none: then the secret is any JSON object
 * @throws CommandError when it cannot be read
 */
export async function readSchema({
  cwd,
  environment,
}: Pick<Io, 'cwd' | 'environment'>): Promise<JsonSchema | undefined> {
  const named = environment.SECRET_SCHEMA;
  const file = named ? pathOf({ cwd }, named) : defaultFile(cwd);
  if (file === undefined) return undefined;
  let schema: unknown;
  try {
    schema = file.endsWith('.json') ? JSON.parse(await readFile(file, 'utf8')) : await exportedSchema(file);
  } catch (cause) {
    // What it says may quote the file.
    const reason = (cause as NodeJS.ErrnoException).code ?? (cause as Error).name;
    throw new CommandError(`The schema ${file} cannot be read (${reason}): mend it, or set SECRET_SCHEMA.`, {
      cause,
    });
  }
  if (typeof schema === 'object' && schema !== null) return schema as JsonSchema;
  throw new CommandError(`${file} has no JSON Schema: export it as configSchema.`);
}

async function exportedSchema(file: string): Promise<unknown> {
  const module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  return module.configSchema ?? module.default;
}

function defaultFile(cwd: string): string | undefined {
  let directory: string;
  try {
    directory = projectDirectoryOf({ cwd });
  } catch {
    return undefined; // no project: the command names bucket, object and key
  }
  const file = path.join(directory, DEFAULT_SCHEMA_FILE);
  return existsSync(file) ? file : undefined;
}
