import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chooseSecret, declaredServices } from '../../../cli/secret/services.ts';
import { projectDirectory, synthesizeProject, temporaryDirectory } from '../support/project.ts';
import { runCommand } from '../support/run.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  directory = await temporaryDirectory();
  await writeFile(path.join(directory.path, 'cdktf.json'), '{}');
});
afterAll(() => directory.remove());

test('the settings’ service is found with the names that its deployment has', async () => {
  const [declared] = declaredServices({ cwd: projectDirectory, environment: {} });
  expect(declared).toEqual({
    name: 'cloudrun-identity',
    projectId: 'sample-project',
    region: 'us-central1',
    identity: 'cloud-run-identity@sample-project.iam.gserviceaccount.com',
    bucket: 'sample-project-cloudrun-identity',
    object: 'config.enc',
    key: 'projects/sample-project/locations/global/keyRings/cloudrun-secrets/cryptoKeys/cloudrun-identity',
    isPublic: false,
    secret: 'config',
    format: 'json',
    encryptedFile: 'config.enc',
  });
  const { service, region, key } = await synthesizeProject(directory.path);
  const [deployed] = Object.values(
    (service.json as { resource: { google_cloud_run_service: Record<string, { name: string }> } }).resource
      .google_cloud_run_service,
  );
  expect({ name: deployed?.name, region, key }).toEqual({
    name: declared?.name,
    region: declared?.region,
    key: declared?.key,
  });
});

test('the project is found from any folder in it, and a folder without one says what to do', () => {
  const inside = { cwd: path.join(projectDirectory, 'cli', 'commands'), environment: {} };
  expect(declaredServices(inside)[0]?.key).toBe(
    declaredServices({ ...inside, cwd: projectDirectory })[0]?.key,
  );
  expect(() => declaredServices({ cwd: path.parse(projectDirectory).root, environment: {} })).toThrow(
    /has a cdktf\.json.*say --bucket, --object and --kms-key/s,
  );
});

test('of several services each is found, and one has to be chosen', () => {
  const services = [{ name: 'orders', public: true }, { name: 'billing' }];
  const found = declaredServices({
    cwd: directory.path,
    environment: { GCP_SERVICES: JSON.stringify(services) },
  });
  expect(found.map(({ name, object, isPublic }) => ({ name, object, isPublic }))).toEqual([
    { name: 'orders', object: 'orders.enc', isPublic: true },
    { name: 'billing', object: 'billing.enc', isPublic: false },
  ]);
  expect(chooseSecret(found, { service: 'billing' }).identity).toBe(
    'billing@sample-project.iam.gserviceaccount.com',
  );
  expect(() => chooseSecret(found)).toThrow(/several services: choose one of orders, billing with --service/);
  expect(() => chooseSecret(found, { service: 'shop' })).toThrow(
    /no service shop: choose one of orders, billing/,
  );
});

test('of several secrets each is found by its name, the first without one', () => {
  const services = [{ name: 'orders', secrets: [{ name: 'tls', format: 'text' }] }];
  const found = declaredServices({
    cwd: directory.path,
    environment: { GCP_SERVICES: JSON.stringify(services) },
  });
  expect(chooseSecret(found)).toMatchObject({ secret: 'config', format: 'json', object: 'orders.enc' });
  expect(chooseSecret(found, { secret: 'tls' })).toMatchObject({ format: 'text', object: 'orders-tls.enc' });
  expect(() => chooseSecret(found, { secret: 'ssh' })).toThrow(
    /orders has no secret ssh: choose one of config, tls with --secret/,
  );
});

test('--env chooses one of several environments, for every command and in what it prints', async () => {
  const { path: folder, remove } = await temporaryDirectory();
  const context = { environments: { dev: {}, prod: { projectId: 'other-project' } } };
  await writeFile(path.join(folder, 'cdktf.json'), JSON.stringify({ context }));
  const get = (...args: string[]) =>
    runCommand(['get', '--generation', 'x', ...args], {
      cwd: folder,
      environment: { CLOUDSDK_AUTH_ACCESS_TOKEN: 'any' },
    });
  const none = await get();
  expect(none).toMatchObject({ code: 1, stderr: expect.stringMatching(/--env dev/) });
  const chosen = await get('--env', 'prod');
  expect(chosen.stderr).toContain('npx cloud-run-identity history --env prod lists them');
  expect((await get('--env=prod')).stderr).toBe(chosen.stderr);
  const [declared] = declaredServices({ cwd: folder, environment: { GCP_ENVIRONMENT: 'prod' } });
  expect(declared?.projectId).toBe('other-project');
  await remove();
});
