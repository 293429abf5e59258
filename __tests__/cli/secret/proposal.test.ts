import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { LocalCloud } from '../../../emulator/cloud.ts';
import { listGenerations } from '../../../secrets/generations.ts';
import { type Scene, sampleConfig } from '../../support/scene.ts';
import { ask, setBindings } from '../checks/support.ts';
import { eachOperator, liveConfig, type Operator } from './support.ts';

let cloud: LocalCloud;
let scene: Scene;
let operator: Operator;

eachOperator((made) => {
  ({ cloud, scene, operator } = made);
});

const proposer = 'user:proposer@example.com';
const approver = 'user:approver@example.com';
const other = { ...sampleConfig, DB_HOST: 'canary-other.example.com' };

/** Who proposes may write the one name and encrypt, who approves the other and decrypt. */
async function grant(): Promise<void> {
  const { bucket, object, key } = scene.reference;
  const on = (name: string) => ({
    title: name.replaceAll('.', ' '),
    expression: `resource.name == "projects/_/buckets/${bucket}/objects/${name}"`,
  });
  const binding = (role: string, member: string, name: string) => ({
    role: `roles/storage.${role}`,
    members: [member],
    condition: on(name),
  });
  const before = (await (await ask(cloud, 'GET', `/storage/v1/b/${bucket}/iam`)).json()) as {
    bindings: object[];
  };
  const policy = {
    version: 3,
    bindings: [
      ...before.bindings.filter((one) => !('condition' in one)),
      binding('objectViewer', proposer, object),
      binding('objectUser', proposer, `${object}.proposed`),
      binding('objectUser', approver, object),
      binding('objectViewer', approver, `${object}.proposed`),
    ],
  };
  const answer = await ask(cloud, 'PUT', `/storage/v1/b/${bucket}/iam`, policy);
  expect(answer.status, await answer.clone().text()).toBe(200);
  await setBindings(cloud, `/kms/v1/${key}`, [
    { role: 'roles/cloudkms.cryptoKeyEncrypter', members: [proposer] },
    { role: 'roles/cloudkms.cryptoKeyEncrypterDecrypter', members: [approver] },
  ]);
}

async function propose(): Promise<string> {
  await writeFile(path.join(operator.directory, 'config.json'), JSON.stringify(other));
  const { code, stdout, stderr } = await operator.run(['propose', '--json', '--reason', 'a new host'], {
    member: proposer,
  });
  expect(code, stderr).toBe(0);
  return (JSON.parse(stdout) as { generation: string }).generation;
}

test('one proposes, another approves, and each may do nothing else', async () => {
  await grant();
  const generation = await propose();
  expect((await liveConfig(scene)).config).toEqual(sampleConfig);
  const put = await operator.run(['put'], { member: proposer });
  expect(put).toMatchObject({ code: 1, stderr: expect.stringContaining('storage.objects.create') });

  const shown = await operator.run(['approve'], { member: approver });
  expect(shown.stdout).toMatch(/proposer@example\.com proposed it .*: a new host/);
  expect(shown.stdout).toMatch(/~ DB_HOST +changed/);
  expect(shown.stdout).not.toContain('canary');
  expect((await liveConfig(scene)).config).toEqual(sampleConfig);

  expect(await operator.run(['propose'], { member: approver })).toMatchObject({ code: 1 });
  const approved = await operator.run(['approve', generation], { member: approver });
  expect(approved.code, approved.stderr).toBe(0);
  expect((await liveConfig(scene)).config).toEqual(other);
  const [live] = await listGenerations(scene.owner, scene.reference);
  expect(live).toMatchObject({ writer: 'approver@example.com', reason: 'a new host' });
  // It may not delete the proposal, which is for a generation that is live no more.
  const again = await operator.run(['approve', generation], { member: approver });
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('have it proposed again') });
});

test.each([
  ['its own', async () => ({ member: cloud.owner }), 'somebody else has to approve it'],
  ['another than the one that was seen', async () => ({ generation: '1' }), 'What is proposed by now'],
  [
    'one for a generation that is live no more',
    async () => {
      await scene.put(await scene.encrypt(sampleConfig));
      return {};
    },
    'is live by now: have it proposed again',
  ],
])('nobody approves %s', async (_what, prepare, words) => {
  await grant();
  await writeFile(path.join(operator.directory, 'config.json'), JSON.stringify(other));
  const proposed = await operator.run(['propose', '--json']);
  const { member = approver, generation = JSON.parse(proposed.stdout).generation } = (await prepare()) as {
    member?: string;
    generation?: string;
  };
  const { code, stderr } = await operator.run(['approve', generation], { member });
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(words) });
  expect((await liveConfig(scene)).config).toEqual(sampleConfig);
});

test('a proposal is rejected, and nothing is left to approve', async () => {
  await writeFile(path.join(operator.directory, 'config.json'), JSON.stringify(other));
  const { stdout } = await operator.run(['propose', '--json']);
  const { generation } = JSON.parse(stdout) as { generation: string };
  expect((await operator.run(['approve', generation, '--reject'])).code).toBe(0);
  expect(await operator.run(['approve'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Nothing is proposed'),
  });
  expect((await liveConfig(scene)).config).toEqual(sampleConfig);
});
