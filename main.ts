import path from 'node:path';
import { FoundationStack, ServiceStack } from '@cloud-run-identity/constructs';
import { PolicyError, reviewSynthesis } from '@cloud-run-identity/review';
import { App } from 'cdktf';
import { checkState, mergedSettings, readAllSettings, SettingsError } from './settings/index.ts';

const app = new App();
const projectRoot = import.meta.dirname;

try {
  const environments = readAllSettings({
    context: app.node.getAllContext(),
    environment: process.env,
    projectRoot,
  });
  checkState(environments, process.env);
  const services = environments.flatMap((settings) => settings.services);
  const isOnGke = services.some(({ platform }) => platform === 'gke');
  const gke = isOnGke ? (await import('@cloud-run-identity/constructs/gke')).gkePlatform : undefined;
  for (const settings of environments) {
    new FoundationStack(app, settings.stacks.foundation, settings);
    new ServiceStack(app, settings.stacks.service, { ...settings, gke });
  }
  app.synth();
  const { origins, strictPolicies } = mergedSettings(environments);
  const publicServices = environments.flatMap(({ projectId, region, services }) =>
    services
      .filter((service) => service.public)
      .map(({ serviceName }) => `projects/${projectId}/locations/${region}/services/${serviceName}`),
  );
  reviewSynthesis({
    directory: app.outdir,
    settings: origins,
    publicServices,
    strict: strictPolicies,
    root: projectRoot,
    sources: path.join(projectRoot, 'constructs'),
  });
} catch (error) {
  if (!(error instanceof SettingsError || error instanceof PolicyError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
