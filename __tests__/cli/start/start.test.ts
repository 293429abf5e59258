import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Checkout, checkout } from '../support/checkout.ts';
import type { Running } from '../support/run.ts';
import { leftovers, textOf, urlOf } from '../support/start.ts';

let project: Checkout;

beforeEach(async () => {
  project = await checkout();
});

afterEach(() => project.remove());

function start(environment: Record<string, string> = {}): Running {
  return project.run(['start'], { environment });
}

/** Puts another program in the service's place. */
async function replaceService(program: string): Promise<void> {
  await writeFile(path.join(project.directory, 'service', 'server.ts'), program);
}

/** Answers every request with its environment. */
const SHOWS_ENVIRONMENT = `import { createServer } from 'node:http';
  createServer((request, response) => response.end(JSON.stringify(process.env)))
    .listen(Number(process.env.PORT), '127.0.0.1');`;

/** Does not end when it is asked to, but some time later. */
const IGNORES_SIGNALS = `${SHOWS_ENVIRONMENT}
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
  setTimeout(() => process.exit(), 600_000);`;

test('shows the decrypted config on the page, as the identity that was deployed, to its owner only', async () => {
  const command = start();
  const url = await urlOf(command);
  const page = await textOf(url);
  expect(page).toContain('Roberts');
  expect(page).not.toContain('Not-A-Secret');
  expect(page).toContain('cloud-run-identity@sample-project.iam.gserviceaccount.com');
  expect(page).toMatch(/cryptoKeys\/cloudrun-identity\s*Version 1/);
  const [, direct = ''] = await command.output(/curl -i (http:\/\/127\.0\.0\.1:\d+)\n/);
  expect((await fetch(direct)).status).toBe(403);
  await command.output(/runs as +cloud-run-identity@sample-project\.iam\.gserviceaccount\.com/);
  await command.output(/decrypts +gs:\/\/sample-project-cloudrun-identity\/config\.enc/);
  await command.output(
    /projects\/sample-project\/locations\/global\/keyRings\/cloudrun-secrets\/cryptoKeys\/cloudrun-identity/,
  );
});

test('is what every command works on from another terminal, and can be broken by name', async () => {
  const command = start();
  const url = await urlOf(command);
  const run = (args: string[], stdin = '') => project.run(args, { stdin }).ended;
  const set = await run(['set', 'DB_HOST'], 'from-another-terminal.example.com');
  expect([set.code, set.stderr]).toEqual([
    0,
    expect.stringContaining('On the local Google Cloud that npm start runs'),
  ]);
  const got = await run(['get', '--json', '--local']);
  expect(got.stdout, got.stderr).toContain('from-another-terminal.example.com');
  while (!(await textOf(url)).includes('from-another-terminal.example.com')) await setTimeout(100);
  const verified = await run(['verify']);
  expect(verified.code, verified.stdout + verified.stderr).toBe(0);
  const listed = await run(['local', 'fault']);
  for (const name of ['vpc-sc', 'billing-disabled', 'retention', 'metadata-404'])
    expect(listed.stdout).toContain(name);
  const broken = await run(['local', 'fault', 'vpc-sc']);
  expect(broken.stdout).toContain("403 Request is prohibited by organization's policy.");
  const told = await run(['get', '--local']);
  expect([told.code, told.stderr]).toEqual([1, expect.stringContaining('VPC Service Controls')]);
  expect((await run(['local', 'fault'])).stdout).toMatch(/vpc-sc .*\[broken now, [1-9]\d* requests hit\]/);
  expect((await run(['local', 'fault', 'vpc-sc', '--clear'])).stdout).toContain('vpc-sc is mended.');
  expect((await run(['get', '--local'])).code).toBe(0);
  expect((await run(['local', 'fault', 'nothing'])).stderr).toContain(
    'There is no fault nothing. There are: vpc-sc',
  );
  const { stdout } = await run(['local', 'env', '--json']);
  expect(JSON.parse(stdout).GCP_PROJECT_ID).toBe('sample-project');
});

test('shows the same page from the local GKE, where its Pods act as the identity', async () => {
  const command = project.run(['start', '--gke']);
  const page = await textOf(await urlOf(command));
  expect(page).toContain('Roberts');
  expect(page).not.toContain('Not-A-Secret');
  expect(page).toContain('cloud-run-identity@sample-project.iam.gserviceaccount.com');
  await command.output(/local GKE, as deployment cloudrun-identity in the namespace cloudrun-identity/);
});

// Windows has no signals: there a process cannot be asked to stop by another one.
describe.skipIf(process.platform === 'win32')('a signal', () => {
  beforeEach(() => replaceService(SHOWS_ENVIRONMENT));

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s stops everything and leaves no process and no file',
    async (signal) => {
      const command = project.spawn(['start']);
      const url = await urlOf(command);
      const [, direct = ''] = await command.output(/curl -i (http:\/\/127\.0\.0\.1:\d+)\n/);
      expect(leftovers(project).folders).toHaveLength(1);
      command.child.kill(signal);
      const { code, stderr } = await command.ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(leftovers(project)).toEqual({ processes: [], folders: [] });
      await expect(fetch(url)).rejects.toThrow();
      await expect(fetch(direct)).rejects.toThrow();
    },
  );

  test('while it is starting stops it too', async () => {
    const command = project.spawn(['start']);
    await command.output(/Start the local Google Cloud/);
    command.child.kill('SIGINT');
    const { code, stdout } = await command.ended;
    expect(code).toBe(0);
    expect(stdout).not.toContain('Ready in');
    expect(leftovers(project)).toEqual({ processes: [], folders: [] });
  });

  test('that comes again is the same key press at first, and forces the end afterwards', async () => {
    await replaceService(IGNORES_SIGNALS);
    const command = project.spawn(['start']);
    await urlOf(command);
    command.child.kill('SIGINT');
    command.child.kill('SIGINT');
    await command.output(/Stop the service/);
    await setTimeout(600);
    expect(command.child.exitCode).toBeNull();
    command.child.kill('SIGINT');
    expect((await command.ended).code).toBe(130);
  });
});

test('several starts at once work, and say that the port is taken', async () => {
  await replaceService(SHOWS_ENVIRONMENT);
  const commands = await Promise.all(
    [start(), start()].map(async (command) => ({ command, url: await urlOf(command) })),
  );
  // Whoever has the port, two of these cannot have it.
  const elsewhere = commands.filter(({ url }) => new URL(url).port !== '8080');
  expect(elsewhere.length).toBeGreaterThan(0);
  expect(new Set(commands.map(({ url }) => url)).size).toBe(2);
  for (const { url } of commands) expect((await fetch(url)).status).toBe(200);
  for (const { command } of elsewhere) {
    await command.output(/Port 8080 is taken: the page is on port \d+ instead/);
  }
});

test('gives the service exactly the environment of the contract', async () => {
  await replaceService(SHOWS_ENVIRONMENT);
  const command = start({ CANARY: 'of the parent', NODE_ENV: 'test' });
  const url = await urlOf(command);
  const environment = JSON.parse(await (await fetch(url)).text());
  const { PORT, K_REVISION, GCE_METADATA_HOST, SystemRoot, ...rest } = environment;
  expect(rest).toEqual({
    BUCKET_NAME: 'sample-project-cloudrun-identity',
    OBJECT_NAME: 'config.enc',
    KMS_KEY_ID:
      'projects/sample-project/locations/global/keyRings/cloudrun-secrets/cryptoKeys/cloudrun-identity',
    PAGE_VALUES: 'masked',
    RELOAD_SECONDS: '2',
    K_SERVICE: 'cloudrun-identity',
    K_CONFIGURATION: 'cloudrun-identity',
    METADATA_SERVER_DETECTION: 'assume-present',
  });
  expect(PORT).toMatch(/^\d+$/);
  expect(K_REVISION).toMatch(/^cloudrun-identity-00001-/);
  expect(GCE_METADATA_HOST).toMatch(/^127(\.\d+){3}:\d+$/);
});

test('follows the settings', async () => {
  const command = start({
    GCP_PROJECT_ID: 'other-project',
    GCP_REGION: 'europe-west1',
    GCP_REVEAL_VALUES: 'true',
  });
  const page = await textOf(await urlOf(command));
  expect(page).toContain('Not-A-Secret');
  expect(page).toContain('cloud-run-identity@other-project.iam.gserviceaccount.com');
});

test('runs several services, each with its own secrets', async () => {
  const services = [{ name: 'orders', secrets: [{ name: 'tls', format: 'text' }] }, { name: 'invoices' }];
  const config = await readFile(path.join(project.directory, 'config.json'), 'utf8');
  for (const name of ['orders.json', 'invoices.json']) {
    await writeFile(path.join(project.directory, name), config);
  }
  await writeFile(path.join(project.directory, 'orders-tls.txt'), 'a key');
  await replaceService(SHOWS_ENVIRONMENT);
  const command = start({ GCP_SERVICES: JSON.stringify(services) });
  expect((await fetch(await urlOf(command))).status).toBe(200);
  await command.output(/Encrypt orders\.json, orders-tls\.txt, invoices\.json/);
  await command.output(/decrypts +gs:\/\/sample-project-cloudrun-identity\/(?:orders|invoices)\.enc/);
  command.signal('SIGTERM');
  expect(await command.ended).toMatchObject({ code: 0 });
  expect(readdirSync(project.directory).filter((name) => name.endsWith('.enc'))).toEqual([]);
});
