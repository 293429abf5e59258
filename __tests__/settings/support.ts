import { resolve } from 'node:path';
import { readAllSettings, readSettings, type Settings } from '../../settings/index.ts';
import { SettingsError, type SettingsProblem } from '../../settings/settings-error.ts';

/** Stands for the project's root. */
export const PROJECT_ROOT = resolve('project');

/** The settings of a context and an environment. */
export function read(
  context: Record<string, unknown>,
  environment: Record<string, string | undefined> = {},
): Settings {
  return readSettings({ context, environment, projectRoot: PROJECT_ROOT });
}

/** What is wrong with them; nothing when they are accepted. */
export function problemsOf(
  context: Record<string, unknown>,
  environment: Record<string, string> = {},
): readonly SettingsProblem[] {
  try {
    readAllSettings({ context, environment, projectRoot: PROJECT_ROOT });
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}
