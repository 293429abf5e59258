import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../../emulator/cloud.ts';
import { differences, kubernetesRecording, type RecordedRequest, sendRecorded } from './replay.ts';

/** Any container that answers its probes. */
const container =
  "require('node:http').createServer((_, response) => response.end()).listen(process.env.PORT, '127.0.0.1')";

let cloud: LocalCloud;
beforeEach(async () => {
  const images = { '*': { command: [process.execPath, '-e', container] as const } };
  cloud = await startLocalCloud({ projectId: 'gke-proj', images });
});
afterEach(() => cloud.close());

/** Replays in order and lists every difference from the recorded answers. */
async function replay(requests: readonly RecordedRequest[], agent?: string): Promise<string[]> {
  const found: string[] = [];
  const versions = new Map<string, string>();
  for (const [index, recorded] of requests.entries()) {
    const where = `#${index} ${recorded.method} ${recorded.path}`;
    const request = withVersions(recorded, versions);
    const answer = await patiently(request, agent);
    // Between two polls it may have gone.
    if (recorded.answer?.status?.phase === 'Terminating' && answer.status === 404) continue;
    if (answer.status !== recorded.status) {
      found.push(`${where}: ${answer.status} instead of ${recorded.status} ${JSON.stringify(answer.answer)}`);
    } else if (typeof recorded.answer === 'object') {
      found.push(...differences(answer.answer, recorded.answer, where));
    }
    const [then, now] = [recorded.answer, answer.answer].map((body) => body?.metadata?.resourceVersion);
    if (then && now) versions.set(then, now);
  }
  return found;
}

/** A client sends back the version that it was given. */
function withVersions(recorded: RecordedRequest, versions: ReadonlyMap<string, string>): RecordedRequest {
  if (!Array.isArray(recorded.body)) return recorded;
  const body = recorded.body.map((operation: { path: string; value: string }) =>
    operation.path === '/metadata/resourceVersion'
      ? { ...operation, value: versions.get(operation.value) ?? operation.value }
      : operation,
  );
  return { ...recorded, body };
}

/** The provider polls until a rollout is over, or something has gone; which poll is the last is a matter of time. */
async function patiently(recorded: RecordedRequest, agent: string | undefined) {
  for (let attempt = 0; ; attempt += 1) {
    const answer = await sendRecorded(cloud, recorded, agent);
    const isThere = answer.status === 200 && recorded.status === 404;
    const counts = ['observedGeneration', 'replicas', 'updatedReplicas', 'readyReplicas'];
    const isOnItsWay =
      recorded.method === 'GET' &&
      recorded.answer?.kind === 'Deployment' &&
      counts.some(
        (name) =>
          recorded.answer.status[name] !== undefined &&
          recorded.answer.status[name] !== answer.answer?.status?.[name],
      );
    if ((!isThere && !isOnItsWay) || attempt === 3_000) return answer;
    await sleep(20);
  }
}

const status = ({ observedGeneration }: { observedGeneration?: number }) => observedGeneration;

/** Reads of a status that the recorded server's writer had not written yet, while a controller writes at once. */
function beforeItsStatus({ method, answer }: RecordedRequest): boolean {
  return (
    method === 'GET' &&
    answer?.kind === 'Deployment' &&
    status(answer.status ?? {}) !== undefined &&
    status(answer.status) !== answer.metadata.generation
  );
}

it('answers the provider as recorded: deploy, a second plan, destroy', async () => {
  const requests = kubernetesRecording('traffic');
  expect(requests).toHaveLength(64);
  expect(await replay(requests)).toEqual([]);
});

/** What the other recordings found in place: everything but the destruction. */
async function deployed(): Promise<void> {
  const requests = kubernetesRecording('traffic').filter(({ method }) => method !== 'DELETE');
  const gone = requests.findIndex(({ status: answered }) => answered === 404);
  expect(await replay(requests.slice(0, gone))).toEqual([]);
}

it('answers the provider as recorded: an update of Deployment and autoscaler', async () => {
  await deployed();
  const update = kubernetesRecording('traffic-update');
  expect(update).toHaveLength(22);
  expect(await replay(update.filter((recorded) => !beforeItsStatus(recorded)))).toEqual([]);
});

it('answers kubectl as recorded: get, describe, rollout, apply, scale, delete', async () => {
  await deployed();
  const updates = kubernetesRecording('traffic-update').filter(({ method }) => method === 'PATCH');
  expect(await replay(updates)).toEqual([]);
  const all = kubernetesRecording('traffic-kubectl');
  expect(all).toHaveLength(54);
  // Discovery and its documents have another test: they are as long as the list of kinds.
  const asked = all.filter(({ path }) => !/^\/(apis?|openapi)(\/v1|\/v3.*)?(\?.*)?$/.test(path));
  const inJson = asked.filter(({ contentType = '' }) => !contentType.includes('protobuf'));
  expect(
    await replay(
      inJson.filter((recorded) => !beforeItsStatus(recorded)),
      'kubectl/v1.32.4',
    ),
  ).toEqual([]);
});

it('names kinds, groups and what they are asked as discovery of the recorded server did', async () => {
  const all = kubernetesRecording('traffic-kubectl');
  for (const path of ['/api?timeout=32s', '/apis?timeout=32s']) {
    const recorded = all.find((request) => request.path === path) as RecordedRequest;
    const { status, type, answer } = await sendRecorded(cloud, recorded);
    expect(status).toBe(200);
    expect(type).toBe('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
    for (const group of answer.items) {
      const known = recorded.answer.items.find(
        ({ metadata }: { metadata: { name?: string } }) => metadata.name === group.metadata.name,
      );
      for (const { version, resources } of group.versions) {
        const same = known.versions.find((one: { version: string }) => one.version === version);
        expect(same.resources).toEqual(expect.arrayContaining(resources.map(withoutSubresources)));
      }
    }
  }
});

/** Of subresources there are only those that somebody asked for. */
function withoutSubresources({ subresources, ...resource }: { subresources?: object[] }): object {
  return subresources
    ? expect.objectContaining({ ...resource, subresources: expect.arrayContaining(subresources) })
    : expect.objectContaining(resource);
}

it('lists the core kinds as the recorded server did', async () => {
  const recorded = kubernetesRecording('traffic-kubectl').find(({ path }) => path === '/api/v1');
  const { answer } = await sendRecorded(cloud, recorded as RecordedRequest);
  const { resources, ...list } = recorded?.answer ?? {};
  expect(answer).toMatchObject(list);
  for (const resource of answer.resources) {
    expect(resources).toContainEqual(expect.objectContaining(resource));
  }
});
