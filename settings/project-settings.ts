import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSettings } from './read-settings.ts';
import type { Settings, SettingsInput } from './settings.ts';
import { SettingsError } from './settings-error.ts';

/**
 * The settings that a synthesis of the project would get, without synthesizing: from the context of its cdktf.json
 * and the environment.
 *
 * @param projectDirectory folder of cdktf.json
 * @param environment as `process.env`
 * @throws SettingsError with every problem at once, also when cdktf.json cannot be read
 */
export function readProjectSettings(
  projectDirectory: string,
  environment: SettingsInput['environment'],
): Settings {
  const context = contextOf(join(projectDirectory, 'cdktf.json'));
  return readSettings({ context, environment, projectRoot: projectDirectory });
}

function contextOf(file: string): SettingsInput['context'] {
  const wrong = (got: unknown, allowed: string, fix: string) =>
    new SettingsError([{ setting: 'context', source: file, got, allowed, fix }]);
  let project: unknown;
  try {
    project = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const allowed = 'a JSON file that can be read';
    throw wrong(
      (error as Error).message,
      allowed,
      'run the command in the folder of cdktf.json, or mend the file',
    );
  }
  const { context = {} } = (project ?? {}) as { context?: unknown };
  if (typeof context === 'object' && context !== null && !Array.isArray(context)) {
    return context as SettingsInput['context'];
  }
  throw wrong(
    context,
    'an object with a key for each setting',
    'make "context" such an object, or remove it',
  );
}
