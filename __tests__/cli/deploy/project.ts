import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { LocalCloud } from '../../../emulator/cloud.ts';
import { temporaryDirectory } from '../support/project.ts';
import { type Outcome, type Running, type RunOptions, start } from '../support/run.ts';

/** Whether the real Terraform is here: what it is tried with needs no provider but the one that it brings. */
export const hasTerraform = (() => {
  try {
    execFileSync('terraform', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** A stack's JSON, without its backend. */
export type StackJson = Record<string, unknown>;

/** A project whose app writes the stacks that a test gives it. */
export interface TerraformProject {
  readonly directory: string;
  /** What the two stacks are to be at the next synthesis. */
  write(stacks: { foundation?: StackJson; service?: StackJson }): Promise<void>;
  start(args: readonly string[], options?: Partial<RunOptions>): Running;
  run(args: readonly string[], options?: Partial<RunOptions>): Promise<Outcome>;
  remove(): Promise<void>;
}

const APP = `
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
const stacks = JSON.parse(readFileSync('stacks.json', 'utf8'));
const out = process.env.CDKTF_OUTDIR;
const manifest = { stacks: {} };
for (const [name, json] of Object.entries(stacks)) {
  const workingDirectory = path.join('stacks', name);
  mkdirSync(path.join(out, workingDirectory), { recursive: true });
  const synthesizedStackPath = path.join(workingDirectory, 'cdk.tf.json');
  writeFileSync(path.join(out, synthesizedStackPath), JSON.stringify(json));
  manifest.stacks[name] = { name, workingDirectory, synthesizedStackPath, annotations: [] };
}
writeFileSync(path.join(out, 'manifest.json'), JSON.stringify(manifest));
`;

/** Makes a project of `terraform_data`, which Terraform itself provides, whose commands ask a local cloud. */
export async function terraformProject(cloud: LocalCloud): Promise<TerraformProject> {
  const { path: directory, remove } = await temporaryDirectory();
  const home = path.join(directory, 'home');
  await mkdir(home);
  await writeFile(path.join(directory, 'app.mjs'), APP);
  await writeFile(
    path.join(directory, 'cdktf.json'),
    JSON.stringify({ app: 'node app.mjs', context: { projectId: cloud.projectId } }),
  );
  const apis = [
    'CLOUDKMS',
    'IAM',
    'RUN',
    'SERVICEUSAGE',
    'STORAGE',
    'CLOUDRESOURCEMANAGER',
    'ARTIFACTREGISTRY',
  ];
  const environment = {
    PATH: process.env.PATH,
    HOME: home,
    ...Object.fromEntries(apis.map((api) => [`CLOUDSDK_API_ENDPOINT_OVERRIDES_${api}`, `${cloud.url}/`])),
    CLOUDSDK_AUTH_ACCESS_TOKEN: cloud.tokenFor(cloud.owner),
  };
  const startIn: TerraformProject['start'] = (args, options = {}) =>
    start(args, { cwd: directory, ...options, environment: { ...environment, ...options.environment } });
  return {
    directory,
    remove,
    start: startIn,
    run: (args, options) => startIn(args, options).ended,
    write: async ({ foundation = {}, service = {} }) => {
      const stacks = {
        'cloud-run-identity-foundation': withState(directory, 'foundation', foundation),
        'cloud-run-identity': withState(directory, 'service', service),
      };
      await writeFile(path.join(directory, 'stacks.json'), JSON.stringify(stacks));
    },
  };
}

function withState(directory: string, name: string, json: StackJson): StackJson {
  return {
    terraform: { backend: { local: { path: path.join(directory, `${name}.tfstate`) } } },
    ...json,
  };
}
