import path from 'node:path';
import { readProjectSettings } from '../../settings/index.ts';
import { lookAt } from '../checks/check.ts';
import { requireProviders } from '../deploy/stack.ts';
import { findTerraform, requireVersion, type TerraformProgram } from '../deploy/terraform.ts';
import { clientsOfEnvironment } from '../google/environment.ts';
import type { Io } from '../io.ts';
import { synthesize } from '../local/synthesize.ts';
import { withProgress } from '../output/progress.ts';
import { lookBefore } from '../preflight/preflight.ts';
import { printFindings } from './run-checks.ts';

/** Arguments of `cloud-run-identity preflight`. */
export interface RunPreflightOptions {
  readonly projectDirectory: string;
  readonly json?: boolean | undefined;
}

/**
 * The command `preflight`: a table of what a deployment needs, each with what mends it. Changes nothing at Google.
 *
 * @throws ExitError when something is not there, or nobody can tell; SettingsError
 */
export async function runPreflight(io: Io, { projectDirectory, json }: RunPreflightOptions): Promise<void> {
  const { environment } = io;
  const settings = readProjectSettings(projectDirectory, environment);
  const clients = await clientsOfEnvironment(environment, settings.projectId);
  const findings = await withProgress(io, 'Looking', async () => {
    let program: TerraformProgram | undefined;
    const tool = await lookAt('Terraform', async () => {
      const found = await findTerraform(io);
      requireVersion(found, settings);
      program = found;
      return `${found.product} ${found.version}`;
    });
    const provider = lookAt('provider', () => providersOf(io, projectDirectory, program));
    return [tool, await provider, ...(await lookBefore({ settings, clients, environment }))];
  });
  printFindings(io, findings, { json });
}

async function providersOf(io: Io, projectDirectory: string, found: TerraformProgram | undefined) {
  const program = found ?? (await findTerraform(io));
  const { environment } = io;
  const outputDirectory = path.join(projectDirectory, 'cdktf.out');
  const stacks = await synthesize({ projectDirectory, outputDirectory, environment });
  const signal = io.stopSignal();
  const names: string[] = [];
  for (const stack of stacks.values()) {
    await requireProviders({ io, program, environment, signal }, stack);
    names.push(stack.name);
  }
  return `those of ${names.join(', ')} can be had`;
}
