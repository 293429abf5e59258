/** What may be set, checked and complete. The only door to the settings for the rest of this project. */
export type { SettingOrigin } from './origins.ts';
export { readProjectSettings } from './project-settings.ts';
export type { ServiceSettings } from './service-settings.ts';
export { type ImageBuild, readSettings, type Settings, type SettingsInput } from './settings.ts';
export { SettingsError, type SettingsProblem } from './settings-error.ts';
