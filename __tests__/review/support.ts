import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, TerraformStack } from 'cdktf';
import { FoundationStack } from '../../constructs/foundation-stack.ts';
import { useGoogleProject } from '../../constructs/google-project.ts';
import { ServiceStack } from '../../constructs/service-stack.ts';
import type { Review } from '../../review/facts/model.ts';
import { type ReviewOptions, reviewFolder } from '../../review/review-synthesis.ts';
import { settingsWith } from '../constructs/support/synthesize.ts';

/** The only one of a list; fails when there are none or several. */
export function one<T>(items: readonly T[]): T {
  if (items.length !== 1) throw new Error(`${items.length} instead of one`);
  return items[0] as T;
}

/** Reviews whatever `build` puts into an app; `directory` stands for the project's root. */
export function reviewApp(
  build: (app: App, directory: string) => void,
  options: Omit<ReviewOptions, 'directory'> = {},
): Review {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'review-')));
  try {
    const app = new App({ outdir: join(directory, 'cdktf.out') });
    build(app, directory);
    app.synth();
    return reviewFolder({ directory: app.outdir, ...options }).review;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Reviews both stacks as main.ts makes them; `change` may add to the service's stack. */
export function reviewProject(
  context: Record<string, unknown> = {},
  change: (stack: TerraformStack) => void = () => {},
): Review {
  return reviewApp((app, directory) => {
    // A state in this folder would be another at each call.
    const settings = { ...settingsWith(context, directory), stateFiles: undefined };
    new FoundationStack(app, 'cloud-run-identity-foundation', settings);
    change(new ServiceStack(app, 'cloud-run-identity', settings));
  });
}

/** Reviews stacks that are written down as JSON, by name, as somebody else's folder. */
export function reviewJson(
  stacks: Readonly<Record<string, unknown>>,
  options: Omit<ReviewOptions, 'directory'> = {},
): Review {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'review-')));
  try {
    for (const [name, json] of Object.entries(stacks)) {
      mkdirSync(join(directory, name));
      writeFileSync(join(directory, name, 'main.tf.json'), JSON.stringify(json));
    }
    return reviewFolder({ directory, ...options }).review;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Reviews what `build` puts into one stack of the project my-project. */
export function reviewStack(build: (stack: TerraformStack) => void): Review {
  return reviewApp((app) => {
    const stack = new TerraformStack(app, 'test');
    useGoogleProject(stack, { projectId: 'my-project', region: 'us-central1' });
    build(stack);
  });
}

/** The service's identity in a review of the project. */
export const IDENTITY = 'serviceAccount:cloud-run-identity@my-project.iam.gserviceaccount.com';
/** The key of the project, its ring, its bucket and its object. */
export const RING = 'projects/my-project/locations/global/keyRings/cloudrun-secrets';
export const KEY = `${RING}/cryptoKeys/cloudrun-identity`;
export const BUCKET = 'my-project-cloudrun-identity';
export const OBJECT = `projects/_/buckets/${BUCKET}/objects/config.enc`;
