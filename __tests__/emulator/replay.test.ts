import { afterEach, beforeEach, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import { ChosenValues, missingFrom, type Recorded, recording, send } from './replay.ts';

/** Any container that answers its probes. */
const container =
  "require('node:http').createServer((_, response) => response.end()).listen(process.env.PORT, '127.0.0.1')";
const repository = 'us-central1-docker.pkg.dev/demo-project/cloud-run-identity/app';

let cloud: LocalCloud;
beforeEach(async () => {
  // The recordings are of the first of January 2026: their key rotates in April.
  const started = Date.now();
  const now = () => new Date(Date.parse('2026-01-01T00:00:00Z') + Date.now() - started);
  cloud = await startLocalCloud({ projectId: 'demo-project', enabledServices: [], now });
  cloud.images.set(repository, { command: [process.execPath, '-e', container] });
});
afterEach(() => cloud.close());

/** Replays in order and lists every difference from the recorded answers. */
async function replay(requests: readonly Recorded[]): Promise<string[]> {
  const differences: string[] = [];
  const chosen = new ChosenValues();
  for (const recorded of requests) {
    const request = chosen.apply(recorded);
    const answer = await patiently(request);
    const where = `${recorded.scenario ?? ''}#${recorded.seq} ${recorded.method} ${recorded.path}`;
    if (answer.status !== recorded.status)
      differences.push(
        `${where}: ${answer.status} instead of ${recorded.status} ${JSON.stringify(answer.body)}`,
      );
    else if (recorded.response !== undefined)
      differences.push(...missingFrom(answer.body, recorded.response, where));
    chosen.note(recorded, answer.body);
  }
  return differences;
}

/** The provider polls a service until it is ready; which poll is the last one is a matter of time. */
async function patiently(request: Recorded) {
  const expected = readiness(request.response);
  for (;;) {
    const answer = await send(cloud, request);
    const actual = readiness(answer.body);
    if (expected === undefined || actual === expected || actual !== 'Unknown') return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function readiness(body: unknown): string | undefined {
  const { status } = (body ?? {}) as { status?: { conditions?: { type: string; status: string }[] } };
  return status?.conditions?.find(({ type }) => type === 'Ready')?.status;
}

it('answers the provider as recorded: deploy, a second plan, destroy, deploy again', async () => {
  const requests = ['deploy', 'noop', 'destroy', 'redeploy'].flatMap(recording);
  expect(requests).toHaveLength(52 + 17 + 42 + recording('redeploy').length);
  expect(await replay(requests)).toEqual([]);
});

/** The requests of one scenario of the extra recording. */
const scenario = (name: string) => recording('extra').filter((recorded) => recorded.scenario === name);

/** What the scenarios found in place: the stacks deployed, as recorded. */
async function deployed(): Promise<void> {
  expect(await replay(recording('deploy'))).toEqual([]);
}

it('answers as recorded when a revision fails and the tainted service is made anew', async () => {
  await deployed();
  const [create, failed, recreated] = scenario('run-failed-create') as [Recorded, Recorded, Recorded];
  const services = `${create.path}/cloud-run-identity`;
  const remove = { ...failed, method: 'DELETE', path: services, status: 200 };
  await send(cloud, remove);
  cloud.images.set(repository, { command: [process.execPath, '-e', 'process.exit(1)'] });
  expect(await replay([create, failed])).toEqual([]);
  cloud.images.set(repository, { command: [process.execPath, '-e', container] });
  await send(cloud, remove);
  expect(await replay([create, recreated])).toEqual([]);
});

it.each(['run-update', 'run-v2', 'foundation-forced-destroy', 'key-rotation-update'])(
  'answers as recorded: %s',
  async (name) => {
    await deployed();
    expect(await replay(scenario(name))).toEqual([]);
  },
);

it('answers as recorded when ring and key exist and are adopted', async () => {
  const [enable] = recording('deploy').filter(({ path }) => path.endsWith(':batchEnable'));
  const create = recording('deploy').filter(({ api, method }) => api === 'kms' && method === 'POST');
  const [ring, key] = create as [Recorded, Recorded];
  // Adopted was a key without the provider's label.
  const { labels: _, ...body } = key.body as { labels: object };
  for (const request of [enable as Recorded, ring, { ...key, body }]) await send(cloud, request);
  expect(await replay(scenario('adopt-existing'))).toEqual([]);
});
