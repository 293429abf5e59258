import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { requireImageBuilder } from '../../cli/local/container/image-builder.ts';
import { projectDirectory, temporaryDirectory } from './support/project.ts';
import { runCommand } from './support/run.ts';

const registry = 'us-central1-docker.pkg.dev';
const settings = { imageBuild: 'docker', region: 'us-central1' } as const;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  directory = await temporaryDirectory();
});

afterAll(() => directory?.remove());

beforeEach(() => {
  // No engine is there, whatever machine this is.
  vi.stubEnv('DOCKER_HOST', 'tcp://127.0.0.1:1');
});

afterEach(() => {
  vi.unstubAllEnvs();
});

const io = () => ({ environment: { DOCKER_CONFIG: directory.path } });
const writeConfig = (config: string) => writeFile(path.join(directory.path, 'config.json'), config);

describe('start --container', () => {
  test('without a Docker engine says so, and how to do without', async () => {
    const { code, stderr } = await runCommand(['start', '--container'], {
      cwd: projectDirectory,
      environment: process.env,
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/No Docker engine answers: .*Fix: start one, or leave out --container/s);
  });
});

describe('before an image is built for a deployment', () => {
  test('every problem is said, with its fix', async () => {
    await writeConfig('{}');
    await expect(requireImageBuilder(io(), settings)).rejects.toThrow(
      new RegExp(
        `No Docker engine answers: .*Fix: start one\\..*no credentials for ${registry}.*gcloud auth configure-docker ${registry}`,
        's',
      ),
    );
  });

  test.each([
    ['a helper for the registry', { credHelpers: { [registry]: 'gcloud' } }],
    ['a store for all registries', { credsStore: 'desktop' }],
    ['credentials of its own', { auths: { [registry]: {} } }],
  ])('%s is as good as any', async (_, config) => {
    await writeConfig(JSON.stringify(config));
    const problem = await requireImageBuilder(io(), settings).catch((error: Error) => error.message);
    expect(problem).not.toContain('credentials');
  });

  test('a helper for another registry is none', async () => {
    await writeConfig(JSON.stringify({ credHelpers: { 'europe-west1-docker.pkg.dev': 'gcloud' } }));
    await expect(requireImageBuilder(io(), settings)).rejects.toThrow(/no credentials/);
  });

  test("Docker's configuration is not quoted when it is no JSON", async () => {
    await writeConfig('{"auths": canary-Pa55');
    const problem = await requireImageBuilder(io(), settings).catch((error: Error) => error.message);
    expect(problem).toContain('config.json cannot be read');
    expect(problem).not.toContain('canary');
  });

  test('a stack that builds none needs neither engine nor credentials', async () => {
    await expect(requireImageBuilder(io(), { ...settings, imageBuild: 'none' })).resolves.toBeUndefined();
  });
});
