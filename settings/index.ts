/** What may be set, checked and complete. The only door to the settings for the rest of this project. */
export { readProjectSettings } from './project-settings.ts';
export type { SecretSettings, ServiceSettings } from './services.ts';
export { readAllSettings, readSettings, type Settings, type SettingsInput } from './settings.ts';
export { SettingsError, type SettingsProblem } from './settings-error.ts';
export type { SettingOrigin } from './values.ts';
