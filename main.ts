import { App } from 'cdktf';
import { FoundationStack } from './constructs/foundation-stack.ts';
import { ServiceStack } from './constructs/service-stack.ts';
import { PolicyError } from './review/policies/policy-error.ts';
import { reviewSynthesis } from './review/review-synthesis.ts';
import { readSettings } from './settings/settings.ts';
import { SettingsError } from './settings/settings-error.ts';

const app = new App();
const projectRoot = import.meta.dirname;

try {
  const settings = readSettings({
    context: app.node.getAllContext(),
    environment: process.env,
    projectRoot,
  });
  new FoundationStack(app, 'cloud-run-identity-foundation', settings);
  new ServiceStack(app, 'cloud-run-identity', settings);
  app.synth();
  reviewSynthesis(app, settings, projectRoot);
} catch (error) {
  if (!(error instanceof SettingsError || error instanceof PolicyError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
