import { FoundationStack, ServiceStack } from '@cloud-run-identity/constructs';
import { PolicyError, reviewSynthesis } from '@cloud-run-identity/review';
import { App } from 'cdktf';
import { readSettings, SettingsError } from './settings/index.ts';

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
