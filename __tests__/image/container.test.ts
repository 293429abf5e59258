import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { docker, engineProblem } from '../../cli/local/container/docker.ts';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import { createReadyScene, sampleConfig } from '../support/scene.ts';
import { serviceEnvironment } from '../support/service-process.ts';
import {
  buildImage,
  imageFiles,
  RUNTIME_BASE,
  type RunningContainer,
  runContainer,
} from './support/container.ts';
import { deployLocally } from './support/deploy-locally.ts';

const problem = await engineProblem();
const skipped = problem ? ` (skipped, as no Docker engine answers: ${problem.split('\n')[0]})` : '';
if (skipped) console.warn(`The tests of the image are not run${skipped}.`);
const image = 'cloud-run-identity:test';

/** All that the image adds to its base. */
const MANIFEST = [
  /^app\/THIRD-PARTY-LICENSES\.txt$/,
  // One for each of the bundled files.
  ...Array(3).fill(/^app\/compile-cache\/v24[.\d]+-x64-[0-9a-f]+-65532\/[0-9a-f]+$/),
  /^app\/google-clients\.cjs$/,
  /^app\/server\.cjs$/,
  /^app\/telemetry\.cjs$/,
];

describe.skipIf(problem)(`the image${skipped}`, () => {
  let cloud: LocalCloud;
  let environment: Record<string, string>;
  let container: RunningContainer | undefined;

  beforeAll(async () => {
    await buildImage(image);
    cloud = await startLocalCloud({ projectId: 'image-test' });
    environment = await serviceEnvironment(cloud, await createReadyScene(cloud));
  }, 600_000);

  afterAll(() => cloud?.close());

  afterEach(async () => {
    await container?.remove();
    container = undefined;
  });

  const start = async (extra: Record<string, string> = {}) => {
    container = await runContainer(image, { ...environment, ...extra });
    return container;
  };

  test('runs in the local Cloud Run, confined and with the limits of the service, and leaves nothing', async () => {
    const { url, token, close } = await deployLocally(image);
    try {
      const page = await (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).text();
      expect(page).toContain(sampleConfig.DB_HOST);
      const [name = ''] = (await docker('ps', '--quiet', '--filter', `ancestor=${image}`)).split('\n');
      const [{ HostConfig, Config }] = JSON.parse(await docker('inspect', name));
      expect(HostConfig).toMatchObject({ Memory: 600 * 2 ** 20, NanoCpus: 1e9, ReadonlyRootfs: true });
      expect(HostConfig.CapDrop).toEqual(['ALL']);
      expect(Config.Env).toContainEqual(
        expect.stringMatching(/^GCE_METADATA_HOST=metadata\.google\.internal:\d+$/),
      );
    } finally {
      await close();
    }
    expect(await docker('ps', '--all', '--quiet', '--filter', `ancestor=${image}`)).toBe('');
  });

  /** Waits for the startup probe, or for the end of the container. */
  const started = async ({ name, log }: RunningContainer) => {
    const ask = () => fetch(`http://127.0.0.1:${environment.PORT}/health/startup`).catch(() => undefined);
    while ((await ask())?.status !== 200) {
      const running = await docker('inspect', '--format', '{{.State.Running}}', name);
      if (running !== 'true') throw new Error(`The container ended:\n${await log()}`);
      await delay(20);
    }
  };

  test('serves the decrypted page, read-only, without capabilities and not as root', async () => {
    const running = await start();
    await started(running);
    const { name } = running;
    const page = await (await fetch(`http://127.0.0.1:${environment.PORT}/`)).text();
    expect(page).toContain(sampleConfig.DB_HOST);
    const pid = await docker('inspect', '--format', '{{.State.Pid}}', name);
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\s+65532\s+65532\s+65532\s+65532$/m);
    expect(status).toMatch(/^CapEff:\s+0+$/m);
    const write = docker('exec', name, '/nodejs/bin/node', '--eval', "fs.writeFileSync('/app/x', '')");
    await expect(write).rejects.toThrow('EROFS');
  });

  test('takes its compile cache from the image', async () => {
    const running = await start({ NODE_DEBUG_NATIVE: 'COMPILE_CACHE' });
    await started(running);
    await docker('stop', '--time', '10', running.name);
    expect(await running.log()).toMatch(/server\.cjs was accepted/);
  });

  test('stops within the 10 seconds that Cloud Run gives after SIGTERM', async () => {
    const running = await start();
    await started(running);
    await docker('stop', '--time', '10', running.name); // then it kills, and the exit code is 137
    expect(await running.ended()).toBe(0);
  });

  test('ends with its reason without an environment', async () => {
    const running = await start({ BUCKET_NAME: '' });
    expect(await running.ended()).toBe(78);
    expect(await running.log()).toContain('BUCKET_NAME');
  });

  test('adds to its base only what the manifest lists', async () => {
    const base = new Set(await imageFiles(RUNTIME_BASE));
    const added = (await imageFiles(image)).filter((file) => !base.has(file));
    expect(added).toHaveLength(MANIFEST.length);
    for (const [index, file] of added.entries()) expect(file).toMatch(MANIFEST[index] as RegExp);
  });

  test('has neither shell nor npm nor source', async () => {
    const files = await imageFiles(image);
    expect(files.filter((file) => /(?:^|\/)(?:sh|bash|dash|busybox|npm|npx)$/.test(file))).toEqual([]);
    expect(files.filter((file) => /\.ts$|\.map$|(?:^|\/)(?:node_modules|package\.json)/.test(file))).toEqual(
      [],
    );
  });

  test('is for linux/amd64, runs as nobody special by itself, and says what it was made from', async () => {
    const inspect = await docker('image', 'inspect', image);
    const [{ Os, Architecture, Config }] = JSON.parse(inspect);
    expect([Os, Architecture, Config.User]).toEqual(['linux', 'amd64', '65532:65532']);
    expect(Config.Labels).toMatchObject({
      'org.opencontainers.image.revision': '0123abc',
      'org.opencontainers.image.version': '1.2.3',
    });
  });
});
