import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Finding, toTheEnd } from '../../../cli/checks/check.ts';
import type { Deployment } from '../../../cli/checks/deployment.ts';
import { PROOFS } from '../../../cli/checks/verify.ts';
import { noteNewest } from '../../../cli/secret/newest.ts';
import { type LocalCloud, startLocalCloud } from '../../../emulator/cloud.ts';
import { listGenerations } from '../../../secrets/generations.ts';
import { createReadyScene, type Scene, sampleConfig } from '../../support/scene.ts';
import {
  ask,
  deploymentOf,
  lookedAtBy,
  runService,
  serviceImage,
  servingImage,
  setBindings,
} from './support.ts';

let cloud: LocalCloud;
let scene: Scene;
const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;

beforeAll(async () => {
  const images = { service: serviceImage, serving: servingImage };
  cloud = await startLocalCloud({ projectId: 'sample-project', images });
});

afterAll(async () => {
  await cloud?.close();
});

/** Bucket, key, object, identity and grants as a deployment makes them; the service is not running. */
async function exact(): Promise<Deployment> {
  scene = await createReadyScene(cloud);
  const { bucket, key } = scene.reference;
  await ask(cloud, 'PATCH', `/storage/v1/b/${bucket}`, {
    iamConfiguration: { publicAccessPrevention: 'enforced' },
  });
  const nextRotationTime = new Date(Date.now() + 90 * DAY_MILLISECONDS).toISOString();
  await ask(cloud, 'PATCH', `/kms/v1/${key}?updateMask=rotationPeriod,nextRotationTime`, {
    rotationPeriod: '7776000s',
    nextRotationTime,
  });
  const [live] = await listGenerations(scene.owner, scene.reference);
  if (live) await noteNewest(scene.owner, scene.reference, live);
  return deploymentOf(cloud, scene);
}

async function grantOnBucket(...members: string[]) {
  const url = `/storage/v1/b/${scene.reference.bucket}/iam`;
  const policy = await (await ask(cloud, 'GET', `${url}?optionsRequestedPolicyVersion=3`)).json();
  const { bindings } = policy as { bindings: object[] };
  const more = { role: members[0], members: members.slice(1) };
  expect((await ask(cloud, 'PUT', url, { version: 3, bindings: [...bindings, more] })).status).toBe(200);
}

function claimsThatFail(verdicts: readonly Finding[]): string[] {
  return verdicts.filter(({ state }) => state !== 'holds').map(({ check }) => check);
}

/** What fails in a deployment that was broken and did not before; without the claims that need a running service. */
async function brokenBy(change: (deployment: Deployment) => Promise<unknown>): Promise<Finding[]> {
  const deployment = await exact();
  const before = claimsThatFail(await toTheEnd(PROOFS, deployment));
  await change(deployment);
  return (await toTheEnd(PROOFS, deployment)).filter(
    ({ state, check }) => state !== 'holds' && !before.includes(check),
  );
}

test('a value that is older than the schema allows, or nobody knows how old, is named', async () => {
  const noted = (times: object) => async () =>
    scene.owner.storage
      .bucket(scene.reference.bucket)
      .file(scene.reference.object)
      .setMetadata({ metadata: { 'keys-changed': JSON.stringify(times) } });
  const check = 'no value is older than the schema allows';
  const fix = 'npx cloud-run-identity set DB_PASS';
  expect(await brokenBy(noted({ '/DB_PASS': '2026-01-01T00:00:00Z' }))).toMatchObject([
    { check, state: 'broken', text: expect.stringMatching(/^\/DB_PASS is \d+ days old and may get 90/), fix },
  ]);
  expect(await brokenBy(noted({}))).toMatchObject([{ check, state: 'not proven', fix }]);
});

describe('a running deployment', () => {
  test('holds in every point, each with its text', async () => {
    const deployment = await exact();
    await runService(cloud, deployment);
    const verdicts = await toTheEnd(PROOFS, deployment);
    expect(verdicts.filter(({ state }) => state !== 'holds')).toEqual([]);
    expect(verdicts.map(({ check }) => check)).toEqual(PROOFS.map(({ name }) => name));
    expect(verdicts.every(({ text }) => text !== '')).toBe(true);
    expect(JSON.stringify(verdicts)).not.toMatch(new RegExp(Object.values(sampleConfig).join('|')));
  });

  test('that has an old generation does not, but may only be waiting for its next look', async () => {
    const deployment = await exact();
    await runService(cloud, deployment);
    await scene.put(await scene.encrypt(sampleConfig));
    const verdicts = await toTheEnd(PROOFS, deployment);
    expect(claimsThatFail(verdicts)).toEqual([
      'it has loaded the newest generation',
      // It was uploaded, and not written in the place of what was there.
      'no older config has gone live',
      'no value is older than the schema allows',
    ]);
    expect(verdicts.find(({ check }) => check === 'it has loaded the newest generation')).toMatchObject({
      state: 'not proven',
      text: expect.stringMatching(/^waiting until \d\d:\d\d UTC\. It has loaded \d+; \d+ is the newest, /),
    });
  });

  test('whose newest revision never came up does not, though the older one answers', async () => {
    const deployment = await exact();
    await runService(cloud, deployment);
    await runService(cloud, deployment, { variables: { PAGE_VALUES: 'nonsense' } });
    expect(claimsThatFail(await toTheEnd(PROOFS, deployment))).toEqual(['the newest revision serves']);
  });

  test('that anyone may open, although it is declared private, does not', async () => {
    const deployment = await exact();
    await runService(cloud, deployment);
    const { name } = deployment.declared;
    const services = `/run/v2/projects/${cloud.projectId}/locations/us-central1/services`;
    await setBindings(cloud, `${services}/${name}`, [{ role: 'roles/run.invoker', members: ['allUsers'] }]);
    const claim = 'it is private, or public, as declared';
    expect(claimsThatFail(await toTheEnd(PROOFS, deployment))).toEqual([claim]);
    const declared = { ...deployment.declared, isPublic: true };
    expect(claimsThatFail(await toTheEnd(PROOFS, { ...deployment, declared }))).toEqual([]);
  });

  test('of another identity, or of something that is not the service, does not', async () => {
    const deployment = await exact();
    const owner = (await createReadyScene(cloud)).email;
    await runService(cloud, deployment, { identity: owner, image: 'serving' });
    expect(claimsThatFail(await toTheEnd(PROOFS, deployment))).toEqual([
      'it runs as its own identity, with its own key and object',
      'it says so itself',
      'it has loaded the newest generation',
    ]);
  });
});

test('a deployment without a service fails in what the service must do, and in nothing else', async () => {
  const failing = claimsThatFail(await toTheEnd(PROOFS, await exact()));
  expect(failing).toHaveLength(6);
  expect(failing.every((claim) => /^it |^the service answers|^the newest revision/.test(claim))).toBe(true);
});

describe('an access too many is found', () => {
  test.each([
    ['roles/storage.legacyBucketReader', ['list the bucket', 'read the bucket']],
    ['roles/storage.objectCreator', ['write the object']],
    ['roles/storage.objectViewer', ['read another object', 'list the bucket']],
  ])('on the bucket: %s', async (role, claims) => {
    const found = await brokenBy(() => grantOnBucket(role, scene.member));
    expect(found.map(({ check }) => check)).toEqual(claims.map((claim) => `its identity cannot ${claim}`));
    expect(found[0]?.text).toContain(`${role} on //storage.googleapis.com/`);
    expect(found[0]?.fix).toContain(`--member=${scene.member} --role=${role}`);
  });

  test.each([
    ['roles/cloudkms.cryptoKeyEncrypter', ['encrypt']],
    ['roles/cloudkms.admin', ['change the key', 'destroy the key', 'open the key to others']],
  ])('on the key: %s', async (role, claims) => {
    const found = await brokenBy(() =>
      setBindings(cloud, `/kms/v1/${scene.reference.key}`, [
        { role: 'roles/cloudkms.cryptoKeyDecrypter', members: [scene.member] },
        { role, members: [scene.member] },
      ]),
    );
    expect(found.map(({ check }) => check)).toEqual(claims.map((claim) => `its identity cannot ${claim}`));
    expect(found[0]?.fix).toMatch(/^gcloud kms keys remove-iam-policy-binding key-/);
  });

  test('on the key ring', async () => {
    const found = await brokenBy(() => {
      const ring = scene.reference.key.replace(/\/cryptoKeys\/.*/, '');
      const role = 'roles/cloudkms.cryptoKeyDecrypter';
      return setBindings(cloud, `/kms/v1/${ring}`, [{ role, members: [scene.member] }]);
    });
    expect(found.map(({ check }) => check)).toEqual([
      'its identity cannot decrypt with the other keys of the ring',
    ]);
    expect(found[0]?.fix).toMatch(/^gcloud kms keyrings remove-iam-policy-binding ring-/);
  });

  test('on the project', async () => {
    const owner = { role: 'roles/owner', members: [cloud.owner] };
    const project = `/crm/v1/projects/${cloud.projectId}`;
    const found = await brokenBy(() =>
      setBindings(cloud, project, [owner, { role: 'roles/browser', members: [scene.member] }]),
    );
    await setBindings(cloud, project, [owner]);
    expect(found.map(({ check }) => check)).toEqual(["its identity cannot read the project's policy"]);
    expect(found[0]?.fix).toContain('gcloud projects remove-iam-policy-binding sample-project');
  });

  test('on its own account', async () => {
    const found = await brokenBy(() =>
      setBindings(cloud, `/iam/v1/projects/${cloud.projectId}/serviceAccounts/${scene.email}`, [
        { role: 'roles/iam.serviceAccountUser', members: [scene.member] },
      ]),
    );
    expect(found.map(({ check }) => check)).toEqual(['its identity cannot act as itself elsewhere']);
  });
});

describe('a state that is not as it must be is found', () => {
  test('a grant too few', async () => {
    const found = await brokenBy(() => setBindings(cloud, `/kms/v1/${scene.reference.key}`, []));
    expect(found.map(({ check }) => check)).toEqual(['its identity can decrypt with its key']);
  });

  test('a bucket that could be made public', async () => {
    const found = await brokenBy(() =>
      ask(cloud, 'PATCH', `/storage/v1/b/${scene.reference.bucket}`, {
        iamConfiguration: { publicAccessPrevention: 'inherited' },
      }),
    );
    expect(found.map(({ check }) => check)).toEqual(['the bucket cannot be made public']);
  });

  test('a bucket that forgets', async () => {
    const found = await brokenBy(() =>
      ask(cloud, 'PATCH', `/storage/v1/b/${scene.reference.bucket}`, { versioning: { enabled: false } }),
    );
    expect(found.map(({ check }) => check)).toEqual(['the bucket keeps old generations']);
  });

  test('a disabled key version', async () => {
    const found = await brokenBy(() => scene.disableKeyVersion());
    expect(found.map(({ check }) => check)).toEqual([
      "the key's primary version is enabled",
      'the newest generation decrypts with the key',
    ]);
  });

  test('a key without a rotation period', async () => {
    const found = await brokenBy(() =>
      ask(cloud, 'PATCH', `/kms/v1/${scene.reference.key}?updateMask=rotationPeriod,nextRotationTime`, {}),
    );
    expect(found.map(({ check }) => check)).toEqual(['the key was rotated within its period']);
  });

  test('a rotation that is overdue', async () => {
    const deployment = await exact();
    const nextRotationTime = new Date(Date.now() + 400 * DAY_MILLISECONDS).toISOString();
    const url = `/kms/v1/${scene.reference.key}?updateMask=nextRotationTime`;
    await ask(cloud, 'PATCH', url, { nextRotationTime });
    const lasting = cloud.tokenFor(cloud.owner, { lifetimeSeconds: 100 * 24 * 60 * 60 });
    const late = await lookedAtBy(cloud, deployment, lasting);
    vi.useFakeTimers({ now: Date.now() + 91 * DAY_MILLISECONDS, toFake: ['Date'] });
    const verdicts = await toTheEnd(PROOFS, late).finally(() => vi.useRealTimers());
    const overdue = verdicts.find(({ check }) => check.includes('rotated'));
    expect(overdue).toMatchObject({ state: 'broken', fix: 'npx cloud-run-identity rotate-key' });
  });
});
