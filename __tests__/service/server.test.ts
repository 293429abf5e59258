import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import { createReadyScene, createScene, sampleConfig } from '../support/scene.ts';
import { type ServiceProcess, serviceEnvironment, startService } from '../support/service-process.ts';

let cloud: LocalCloud;
const running: ServiceProcess[] = [];

beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project' });
});
afterEach(() => Promise.all(running.splice(0).map((service) => service.kill())));
afterAll(() => cloud.close());

function start(environment: Record<string, string>): ServiceProcess {
  const service = startService(environment);
  running.push(service);
  return service;
}

async function startReady(extra: Record<string, string> = {}) {
  const scene = await createReadyScene(cloud);
  const service = start({ ...(await serviceEnvironment(cloud, scene)), ...extra });
  await service.logged((line) => line.message === 'config loaded');
  return { scene, service };
}

describe('the service as its own identity', () => {
  it('shows the decrypted config and where it comes from', async () => {
    const { scene, service } = await startReady();
    const response = await fetch(service.url);
    const text = (await response.text()).replace(/<\/?span[^>]*>/g, '');
    expect(response.status).toBe(200);
    expect(text).toContain(sampleConfig.DB_HOST);
    expect(text).toContain(sampleConfig.DB_USER);
    expect(text).not.toContain(sampleConfig.DB_PASS);
    expect(text).toContain(scene.email);
    expect(text).toContain(`gs://${scene.reference.bucket}/config.enc`);
    expect(text).toContain('Version 1, the key’s primary version');
    const [metadata] = await scene.owner.storage
      .bucket(scene.reference.bucket)
      .file('config.enc')
      .getMetadata();
    expect(text).toContain(`Generation ${metadata.generation}`);
  });

  it('is started and alive', async () => {
    const { service } = await startReady();
    expect((await fetch(`${service.url}/health/startup`)).status).toBe(200);
    expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
  });

  it('is not open to the local network when its cloud is local', async () => {
    const { service } = await startReady();
    const addresses = service.log.filter((line) => line.message.startsWith('Server listening at'));
    expect(addresses.map((line) => line.message)).toEqual([`Server listening at ${service.url}`]);
  });

  it('reveals the password only when it is told to', async () => {
    const { service } = await startReady({ PAGE_VALUES: 'revealed' });
    expect(await (await fetch(service.url)).text()).toContain(sampleConfig.DB_PASS);
  });

  it('keeps what it loaded at start, whatever is written later', async () => {
    const { scene, service } = await startReady();
    await scene.put(await scene.encrypt({ ...sampleConfig, DB_HOST: 'later.example.com' }));
    expect(await (await fetch(service.url)).text()).toContain(sampleConfig.DB_HOST);
  });

  it('logs one JSON object a line, with a severity and no value of the config', async () => {
    const { service } = await startReady();
    await fetch(service.url);
    service.signal('SIGTERM');
    await service.ended;
    expect(service.log.length).toBeGreaterThan(1);
    for (const line of service.log) {
      expect(line).toMatchObject({ severity: 'INFO', message: expect.any(String), time: expect.any(String) });
    }
    expect(service.output().trim().split('\n')).toHaveLength(service.log.length);
    for (const value of Object.values(sampleConfig)) expect(service.output()).not.toContain(value);
  });
});

describe('the end of the process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('is 0 after %s', async (signal) => {
    const { service } = await startReady();
    service.signal(signal);
    expect(await service.ended).toBe(0);
  });

  it('comes after the answers to requests in flight', async () => {
    const scene = await createScene(cloud); // without grants, so that a startup probe waits
    const service = start(await serviceEnvironment(cloud, scene));
    await service.logged((line) => line.severity === 'WARNING');
    const inFlight = fetch(`${service.url}/health/startup`);
    await fetch(`${service.url}/health/live`);
    service.signal('SIGTERM');
    expect(await (await inFlight).json()).toEqual({ status: 'no secret' });
    expect(await service.ended).toBe(0);
    expect(service.log.some((line) => line.message.includes('cut off'))).toBe(false);
  });

  it('is 78 in a wrong environment, with all problems in one line', async () => {
    const service = start({ KMS_KEY_ID: 'key', PAGE_VALUES: 'all' });
    expect(await service.ended).toBe(78);
    expect(service.log).toHaveLength(1);
    expect(service.log[0]).toMatchObject({ severity: 'CRITICAL' });
    for (const name of ['BUCKET_NAME', 'OBJECT_NAME', 'KMS_KEY_ID', 'PAGE_VALUES']) {
      expect(service.log[0]?.message).toContain(name);
    }
  });

  it('is 71 when the port is in use, saying which', async () => {
    const environment = await serviceEnvironment(cloud, await createReadyScene(cloud));
    const other = createServer().listen(Number(environment.PORT), '127.0.0.1');
    await once(other, 'listening');
    const service = start(environment);
    expect(await service.ended).toBe(71);
    expect(service.log.at(-1)).toMatchObject({ severity: 'CRITICAL' });
    expect(service.log.at(-1)?.message).toContain(`Port ${environment.PORT} is in use`);
    other.close();
  });

  it('is 1 after a bug, which is logged once', async () => {
    const bug = "data:text/javascript,process.on('SIGUSR2', () => { throw new TypeError('a bug'); })";
    const { service } = await startReady({ NODE_OPTIONS: `--import="${bug}"` });
    service.signal('SIGUSR2');
    expect(await service.ended).toBe(1);
    const fatal = service.log.filter((line) => line.severity !== 'INFO');
    expect(fatal).toHaveLength(1);
    expect(fatal[0]).toMatchObject({ severity: 'CRITICAL', error: { name: 'TypeError', message: 'a bug' } });
  });
});
