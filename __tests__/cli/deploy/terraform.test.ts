import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../../emulator/cloud.ts';
import { patience } from '../../support/patience.ts';
import { hasTerraform, type StackJson, type TerraformProject, terraformProject } from './project.ts';

let cloud: LocalCloud;
let project: TerraformProject;

beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project' });
});
afterAll(() => cloud?.close());
beforeEach(async () => {
  project = await terraformProject(cloud);
  // What a first deployment would upload is there: no key is needed for it.
  await writeFile(path.join(project.directory, 'config.enc'), 'ciphertext');
});
afterEach(() => project?.remove());

const data = (values: object): StackJson => ({ resource: { terraform_data: values } });

/** What Terraform's state has of a stack: inputs by name. */
async function stateOf(stack: 'foundation' | 'service'): Promise<Record<string, unknown>> {
  const file = path.join(project.directory, `${stack}.tfstate`);
  if (!existsSync(file)) return {};
  const { resources } = JSON.parse(await readFile(file, 'utf8'));
  return Object.fromEntries(
    resources.map(
      (resource: { name: string; instances: { attributes: { input?: { value: unknown } } }[] }) => [
        resource.name,
        resource.instances[0]?.attributes.input?.value,
      ],
    ),
  );
}

describe.runIf(hasTerraform)('with the real Terraform (needs Terraform, but no provider)', () => {
  test('a deployment plans both stacks, shows what happens and applies that', async () => {
    await project.write({
      foundation: data({ key: { input: 'k' } }),
      service: data({ app: { input: 'a' } }),
    });
    const first = await project.run(['deploy', '--yes', '--widen']);
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout).toMatch(
      /Stack cloud-run-identity-foundation\n {2}\+ added {5}terraform_data\.key\n/,
    );
    expect(first.stdout).toMatch(/Stack cloud-run-identity\n {2}\+ added {5}terraform_data\.app\n/);
    expect([await stateOf('foundation'), await stateOf('service')]).toEqual([{ key: 'k' }, { app: 'a' }]);

    await project.write({
      foundation: data({ key: { input: 'k' } }),
      service: data({ app: { input: 'b' } }),
    });
    const second = await project.run(['deploy', '--yes', '--widen']);
    expect(second.stdout).toMatch(
      /foundation\n {2}nothing changes\n[\s\S]*~ changed {3}terraform_data\.app: input/,
    );
    expect(await stateOf('service')).toEqual({ app: 'b' });
  });

  test('nothing is asked where nothing changes', async () => {
    await project.write({ foundation: data({ key: {} }), service: data({ app: {} }) });
    await project.run(['deploy', '--yes', '--widen']);
    const again = await project.run(['deploy']);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toMatch(/nothing changes[\s\S]*nothing changes/);
  });

  test('without a terminal nothing happens unless it was agreed to', async () => {
    await project.write({ foundation: data({ key: { input: 'k' } }) });
    const { code, stderr, stdout } = await project.run(['deploy']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/\+ added {5}terraform_data\.key/);
    expect(stderr).toMatch(
      /Deploy to project sample-project \(us-central1\).*say so beforehand: --yes --widen\n/,
    );
    expect(await stateOf('foundation')).toEqual({});
  });

  test('exactly the plan that was shown is applied', async () => {
    await project.write({ foundation: data({ key: {} }), service: data({ app: { input: 'shown' } }) });
    const running = project.start(['deploy', '--yes', '--widen']);
    await running.output(/Stack cloud-run-identity\n/);
    await project.write({ foundation: data({ key: {} }), service: data({ app: { input: 'later' } }) });
    expect((await running.ended).code).toBe(0);
    expect(await stateOf('service')).toEqual({ app: 'shown' });
  });

  test('progress is text without the codes of a screen', async () => {
    await project.write({ foundation: data({ key: {} }) });
    const { stdout, stderr } = await project.run(['deploy', '--yes', '--widen']);
    expect(stderr).toMatch(
      /Planning cloud-run-identity-foundation …\n[\s\S]*terraform_data\.key: Creation complete/,
    );
    expect(stdout + stderr).not.toContain('\u001b');
  });

  test('a signal stops Terraform, which gives its lock back, and the next deployment finishes', async () => {
    const applying = path.join(project.directory, 'applying');
    const slow = (command: string) =>
      data({ app: { provisioner: [{ 'local-exec': { command: `touch '${applying}'; ${command}` } }] } });
    await project.write({ service: slow('sleep 30') });
    const running = project.start(['deploy', '--yes', '--widen']);
    await expect.poll(() => existsSync(applying), patience).toBe(true);
    running.signal('SIGINT');
    const { code, stderr } = await running.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/was stopped, and has given its lock back/);
    expect(existsSync(path.join(project.directory, '.service.tfstate.lock.info'))).toBe(false);
    await project.write({ service: slow('true') });
    expect(await project.run(['deploy', '--yes', '--widen'])).toMatchObject({ code: 0 });
    expect(Object.keys(await stateOf('service'))).toEqual(['app']);
  });

  test('a state that lies elsewhere is not left behind, nor copied by the way', async () => {
    await project.write({ service: data({ app: { input: { value: 'a' } } }) });
    await project.run(['deploy', '--yes', '--widen']);
    const moved = path.join(project.directory, 'moved.tfstate');
    await project.write({
      service: { ...data({ app: {} }), terraform: { backend: { local: { path: moved } } } },
    });
    // terraform_data names no project: the state of nobody in particular is left where it is.
    expect(await project.run(['deploy', '--yes', '--widen'])).toMatchObject({ code: 0 });
    expect(existsSync(moved)).toBe(true);
    expect(Object.keys(await stateOf('service'))).toEqual(['app']);
  });

  test('the state of this project that lies elsewhere is moved by nobody but whoever says so', async () => {
    const google = { provider: { google: [{ project: 'sample-project' }] } };
    await project.write({ service: data({ app: {} }) });
    expect(await project.run(['deploy', '--yes', '--widen'])).toMatchObject({ code: 0 });
    const bucket = { provider: 'provider["registry.terraform.io/hashicorp/google"]', name: 'bucket' };
    const state = {
      ...{ version: 4, serial: 9, lineage: 'a', outputs: {} },
      resources: [
        {
          ...{ mode: 'managed', type: 'google_storage_bucket', ...bucket },
          instances: [{ schema_version: 0, attributes: { project: 'sample-project', name: 'b' } }],
        },
      ],
    };
    await writeFile(path.join(project.directory, 'service.tfstate'), JSON.stringify(state));
    const moved = path.join(project.directory, 'moved.tfstate');
    await project.write({ service: { ...google, terraform: { backend: { local: { path: moved } } } } });
    const { code, stderr } = await project.run(['deploy', '--yes', '--widen']);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /service\.tfstate, and the settings now say .*moved\.tfstate, where there is none.*Nothing was changed.*\n {2}terraform -chdir=\S+ init -migrate-state/,
    );
    expect(existsSync(moved)).toBe(false);
  }, 60_000);
});
