import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { JsonSchema } from '@cloud-run-identity/secrets';
import { readProjectSettings, SettingsError } from '../../settings/index.ts';
import { CommandError } from '../errors.ts';
import { type Io, pathOf } from '../io.ts';
import { projectDirectoryOf } from '../project-directory.ts';

/**
 * The JSON Schema that the service checks its first secret with, by the setting `secretSchema`: a JSON file, or a module
 * that exports it as `configSchema` or by default.
 *
 * @returns undefined where there is none: then the secret is any JSON object
 * @throws CommandError when it cannot be read
 */
export async function readSchema(io: Pick<Io, 'cwd' | 'environment'>): Promise<JsonSchema | undefined> {
  const file = schemaFile(io);
  if (file === undefined) return undefined;
  let schema: unknown;
  try {
    schema = file.endsWith('.json') ? JSON.parse(await readFile(file, 'utf8')) : await exportedSchema(file);
  } catch (cause) {
    const { code, name } = cause as NodeJS.ErrnoException;
    if (!io.environment.SECRET_SCHEMA && /ENOENT|ERR_MODULE_NOT_FOUND/.test(code ?? '')) return undefined;
    // What it says may quote the file.
    const reason = code ?? name;
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

/** Without a project, or with settings that are wrong, the command names bucket, object and key itself. */
function schemaFile(io: Pick<Io, 'cwd' | 'environment'>): string | undefined {
  const named = io.environment.SECRET_SCHEMA;
  if (named) return pathOf(io, named);
  try {
    const directory = projectDirectoryOf(io);
    return path.resolve(directory, readProjectSettings(directory, io.environment).secretSchema);
  } catch (error) {
    if (error instanceof CommandError || error instanceof SettingsError) return undefined;
    throw error;
  }
}
