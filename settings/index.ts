/** What may be set, checked and complete. The only door to the settings for the rest of this project. */
export { readProjectSettings } from './project-settings.ts';
export { mergedSettings, readAllSettings, readSettings } from './read-settings.ts';
export type { SecretSettings, ServiceSettings } from './services.ts';
export type { Settings, SettingsInput } from './settings.ts';
export { SettingsError, type SettingsProblem } from './settings-error.ts';
export { checkState } from './state-problems.ts';
export { ENVIRONMENT_VARIABLE } from './table.ts';
export { terraformNames } from './terraform-names.ts';
export { misspeltVariableWarnings } from './unknown-variables.ts';
export type { SettingOrigin } from './values.ts';
