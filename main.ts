import path from 'node:path';
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
  const { origins, projectId, region, services, strictPolicies: strict } = settings;
  const publicServices = services
    .filter((service) => service.public)
    .map(({ serviceName }) => `projects/${projectId}/locations/${region}/services/${serviceName}`);
  const sources = { root: projectRoot, sources: path.join(projectRoot, 'constructs') };
  reviewSynthesis({ directory: app.outdir, settings: origins, publicServices, strict, ...sources });
} catch (error) {
  if (!(error instanceof SettingsError || error instanceof PolicyError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
