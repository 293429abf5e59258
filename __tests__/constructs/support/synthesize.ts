import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, TerraformStack, Testing } from 'cdktf';
import type { Construct } from 'constructs';
import { useGoogleProject } from '../../../constructs/google-project.ts';
import { readSettings, type Settings } from '../../../settings/index.ts';

/** The arguments of one resource. */
// biome-ignore lint/suspicious/noExplicitAny: synthesized JSON has a shape of its own for each resource type.
export type Arguments = Record<string, any>;

/** A synthesized stack, without the CDK's metadata and without the path of the local state. */
export interface TerraformJson {
  readonly resource: Record<string, Record<string, Arguments>>;
  readonly data?: Record<string, Record<string, Arguments>>;
  readonly import?: Arguments[];
  readonly provider: Record<string, Arguments[]>;
  readonly output: Record<string, { value: unknown }>;
  readonly terraform: Arguments;
}

/** What synthesizing a stack gave. */
export interface Synthesis {
  readonly json: TerraformJson;
  readonly warnings: string[];
  readonly infos: string[];
  /** Where Terraform keeps the state; absent for a file on this machine. */
  readonly backend?: Arguments;
}

/** Synthesizes whatever `build` puts into a stack of its own. `directory` stands for the project's root. */
export function synthesize(build: (stack: TerraformStack, directory: string) => void): Synthesis {
  return synthesizeStack((app, directory) => {
    const stack = new TerraformStack(app, 'test');
    useGoogleProject(stack, { projectId: 'my-project', region: 'us-central1' });
    build(stack, directory);
    return stack;
  });
}

/** Synthesizes one stack, as `cdktf synth` does in a project whose root is a new, empty folder. */
export function synthesizeStack(build: (app: App, directory: string) => TerraformStack): Synthesis {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'synthesize-')));
  try {
    const app = new App({ outdir: join(directory, 'cdktf.out') });
    const stack = build(app, directory);
    const json = JSON.parse(Testing.synth(stack, true));
    const { backend } = json.terraform;
    delete json.terraform.backend;
    return {
      json,
      warnings: annotations(stack, '@cdktf/warn'),
      infos: annotations(stack, '@cdktf/info'),
      backend,
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function annotations(stack: Construct, kind: '@cdktf/warn' | '@cdktf/info'): string[] {
  return stack.node
    .findAll()
    .flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === kind)
    .map(({ data }) => data);
}

/** The settings of a fresh clone of a project with a real project id, with some of them changed. */
export function settingsWith(context: Record<string, unknown>, projectRoot: string): Settings {
  return readSettings({ context: { projectId: 'my-project', ...context }, environment: {}, projectRoot });
}

/** The only resource of a type; fails when there are none or several. */
export function only(json: TerraformJson, type: string): Arguments {
  const resources = Object.values(json.resource[type] ?? {});
  if (resources.length !== 1) throw new Error(`${resources.length} resources of type ${type} instead of one`);
  return resources[0] as Arguments;
}

/** How Terraform refers to another resource's attribute, e.g. `${google_storage_bucket.bucket.name}`. */
export function reference(address: string): string {
  return `\${${address}}`;
}
