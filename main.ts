import { App } from 'cdktf';
import { FoundationStack } from './constructs/foundation-stack.ts';
import { ServiceStack } from './constructs/service-stack.ts';
import { readSettings } from './constructs/settings/settings.ts';
import { SettingsError } from './constructs/settings/settings-error.ts';

const app = new App();

try {
  const settings = readSettings({
    context: app.node.getAllContext(),
    environment: process.env,
    projectRoot: import.meta.dirname,
  });
  new FoundationStack(app, 'cloud-run-identity-foundation', settings);
  new ServiceStack(app, 'cloud-run-identity', settings);
  app.synth();
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
