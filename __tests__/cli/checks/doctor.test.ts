import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { untilBroken } from '../../../cli/checks/check.ts';
import { CHAIN, linkOfError } from '../../../cli/checks/doctor.ts';
import { type LocalCloud, startLocalCloud } from '../../../emulator/cloud.ts';
import { googleClients } from '../../../secrets/clients.ts';
import { createReadyScene, type Scene, sampleConfig } from '../../support/scene.ts';
import { flippedLastBit } from '../../support/wire.ts';
import {
  ask,
  brokenLink,
  deploymentOf,
  lookedAtBy,
  runService,
  serviceImage,
  servingImage,
  setBindings,
} from './support.ts';

let cloud: LocalCloud;
let scene: Scene;

beforeAll(async () => {
  cloud = await startLocalCloud({
    projectId: 'sample-project',
    images: { service: serviceImage, serving: servingImage },
  });
});

afterAll(async () => {
  await cloud?.close();
});

async function ready(): Promise<ReturnType<typeof deploymentOf>> {
  scene = await createReadyScene(cloud);
  return deploymentOf(cloud, scene);
}

/** The bucket's policy, changed. */
async function changeBucketPolicy(change: (bindings: { role: string; condition?: object }[]) => object[]) {
  const url = `/storage/v1/b/${scene.reference.bucket}/iam`;
  const policy = await (await ask(cloud, 'GET', `${url}?optionsRequestedPolicyVersion=3`)).json();
  const { bindings } = policy as { bindings: { role: string; condition?: object }[] };
  const answer = await ask(cloud, 'PUT', url, { version: 3, bindings: change(bindings) });
  expect(answer.status).toBe(200);
}

test('finds nothing wrong where nothing is wrong, and says what it saw at every link', async () => {
  const deployment = await ready();
  await runService(cloud, deployment);
  const findings = await untilBroken(CHAIN, deployment);
  expect(findings.filter(({ state }) => state !== 'holds')).toEqual([]);
  expect(findings.map(({ check }) => check)).toEqual(CHAIN.map(({ name }) => name));
  expect(findings.every(({ text }) => text !== '')).toBe(true);
  expect(JSON.stringify(findings)).not.toMatch(new RegExp(Object.values(sampleConfig).join('|')));
});

describe('credentials', () => {
  test.each([
    ['expired', () => cloud.tokenFor(cloud.owner, { lifetimeSeconds: -1 })],
    ['no token of this cloud', () => 'ya29.other'],
  ])('that are %s', async (_, token) => {
    const broken = await brokenLink(await lookedAtBy(cloud, await ready(), token()));
    expect(broken).toMatchObject({ check: 'credentials', fix: expect.stringContaining('gcloud auth') });
  });

  test('that cannot be checked because nothing answers', async () => {
    const { environment, ...deployment } = await ready();
    const nowhere = { CLOUDSDK_API_ENDPOINT_OVERRIDES_SERVICEUSAGE: 'http://127.0.0.1:1/' };
    const broken = await brokenLink({ ...deployment, environment: { ...environment, ...nowhere } });
    expect(broken).toMatchObject({ check: 'credentials', text: expect.stringContaining('no answer') });
  });
});

test.each(['cloudkms', 'storage', 'run', 'iam'])('the API %s is not enabled', async (name) => {
  const deployment = await ready();
  const url = `/serviceusage/v1/projects/${cloud.projectId}/services/${name}.googleapis.com`;
  await ask(cloud, 'POST', `${url}:disable`, {});
  const broken = await brokenLink(deployment);
  await ask(cloud, 'POST', `${url}:enable`, {});
  expect(broken).toMatchObject({
    check: 'APIs',
    fix: `gcloud services enable ${name}.googleapis.com --project=sample-project`,
  });
});

describe('the key', () => {
  test('does not exist', async () => {
    const deployment = await ready();
    const key = `${scene.reference.key}-missing`;
    const broken = await brokenLink({ ...deployment, declared: { ...deployment.declared, key } });
    expect(broken).toMatchObject({ check: 'key', text: expect.stringContaining(key) });
    expect(broken.fix).toContain('npx cloud-run-identity deploy');
  });

  test('has a disabled primary version', async () => {
    const deployment = await ready();
    await scene.disableKeyVersion();
    const broken = await brokenLink(deployment);
    expect(broken).toMatchObject({ check: 'key', text: expect.stringContaining('is DISABLED') });
    expect(broken.fix).toMatch(/^gcloud kms keys versions enable 1 --key=key-/);
  });

  test('has a primary version that is about to be destroyed', async () => {
    const deployment = await ready();
    await ask(cloud, 'POST', `/kms/v1/${scene.reference.key}/cryptoKeyVersions/1:destroy`, {});
    const broken = await brokenLink(deployment);
    expect(broken).toMatchObject({ check: 'key', text: expect.stringContaining('DESTROY_SCHEDULED') });
    expect(broken.fix).toMatch(/versions restore 1/);
  });
});

describe('the object', () => {
  test('does not exist', async () => {
    const deployment = await ready();
    const declared = { ...deployment.declared, object: 'other.enc' };
    const broken = await brokenLink({ ...deployment, declared });
    expect(broken).toMatchObject({ check: 'object', text: expect.stringContaining('other.enc') });
    expect(broken.fix).toContain('put config.json');
  });

  test('is in a bucket that does not exist', async () => {
    const deployment = await ready();
    const declared = { ...deployment.declared, bucket: 'no-such-bucket-7f3a' };
    const broken = await brokenLink({ ...deployment, declared });
    expect(broken).toMatchObject({ check: 'object', text: expect.stringContaining('no-such-bucket-7f3a') });
  });
});

describe('the ciphertext', () => {
  test.each([
    ['is of another key', async () => scene.encrypt(sampleConfig, await scene.createKey())],
    ['was altered', async () => flippedLastBit(await scene.encrypt(sampleConfig))],
    ['was truncated', async () => (await scene.encrypt(sampleConfig)).subarray(0, -1)],
    ['is a plaintext', async () => Buffer.from(JSON.stringify(sampleConfig))],
    ['is empty', async () => Buffer.alloc(0)],
  ])('%s', async (_, bytes) => {
    const deployment = await ready();
    await scene.put(await bytes());
    const broken = await brokenLink(deployment);
    expect(broken).toMatchObject({ check: 'ciphertext', fix: expect.stringContaining('rollback') });
    expect(broken.text).not.toContain(sampleConfig.DB_PASS);
  });

  test('has a config that the service refuses', async () => {
    const deployment = await ready();
    await scene.put(await scene.encrypt({ ...sampleConfig, DB_PASS: undefined }));
    const broken = await brokenLink(deployment);
    expect(broken).toMatchObject({
      check: 'ciphertext',
      text: expect.stringContaining('DB_PASS is missing'),
    });
    expect(broken.text).not.toContain(sampleConfig.DB_HOST);
  });

  test('is passed over when the operator may not decrypt', async () => {
    const deployment = await ready();
    await runService(cloud, deployment);
    const viewer = 'user:viewer@example.com';
    const bindings = [
      { role: 'roles/owner', members: [cloud.owner] },
      ...'cloudkms.viewer browser run.admin iam.serviceAccountViewer iam.securityReviewer storage.objectViewer'
        .split(' ')
        .map((role) => ({ role: `roles/${role}`, members: [viewer] })),
    ];
    await setBindings(cloud, `/crm/v1/projects/${cloud.projectId}`, bindings);
    const findings = await untilBroken(CHAIN, await lookedAtBy(cloud, deployment, cloud.tokenFor(viewer)));
    expect(findings.filter(({ state }) => state !== 'holds')).toMatchObject([
      { check: 'APIs', state: 'not proven', text: expect.stringContaining('serviceusage.services.get') },
      { check: 'ciphertext', state: 'not proven', text: expect.stringContaining('not looked at') },
      // Whoever may not see the policies of key and bucket is not told what they say.
      {
        check: 'decrypt grant',
        state: 'not proven',
        text: expect.stringContaining('Google does not tell'),
      },
      { check: 'read grant', state: 'not proven', text: expect.stringContaining('Google does not tell') },
    ]);
    expect(findings.at(-2)).toMatchObject({ check: 'probe', state: 'holds' });
  });
});

describe('the identity', () => {
  test('does not exist', async () => {
    const deployment = await ready();
    const identity = 'nobody@sample-project.iam.gserviceaccount.com';
    const broken = await brokenLink({ ...deployment, declared: { ...deployment.declared, identity } });
    expect(broken).toMatchObject({ check: 'identity', text: expect.stringContaining(identity) });
  });

  test('is disabled', async () => {
    const deployment = await ready();
    await ask(
      cloud,
      'POST',
      `/iam/v1/projects/${cloud.projectId}/serviceAccounts/${scene.email}:disable`,
      {},
    );
    const broken = await brokenLink(deployment);
    expect(broken).toMatchObject({ check: 'identity', text: expect.stringContaining('disabled') });
    expect(broken.fix).toContain(`gcloud iam service-accounts enable ${scene.email}`);
  });
});

describe('the grant', () => {
  test('to decrypt is missing', async () => {
    const deployment = await ready();
    await setBindings(cloud, `/kms/v1/${scene.reference.key}`, []);
    const broken = await brokenLink(deployment);
    expect(broken.check).toBe('decrypt grant');
    expect(broken.text).toContain(scene.member);
    expect(broken.text).toContain('cloudkms.cryptoKeyVersions.useToDecrypt');
    expect(broken.text).toContain(scene.reference.key);
    expect(broken.fix).toContain(`--member=${scene.member} --role=roles/cloudkms.cryptoKeyDecrypter`);
  });

  test('to read is missing', async () => {
    const deployment = await ready();
    await changeBucketPolicy((bindings) => bindings.filter(({ condition }) => !condition));
    const broken = await brokenLink(deployment);
    expect(broken.check).toBe('read grant');
    expect(broken.text).toContain('storage.objects.get');
    expect(broken.fix).toContain('--role=roles/storage.objectViewer');
  });

  test('to read is for another object', async () => {
    const deployment = await ready();
    const expression = `resource.name == "projects/_/buckets/${scene.reference.bucket}/objects/other"`;
    await changeBucketPolicy((bindings) =>
      bindings.map((binding) =>
        binding.condition ? { ...binding, condition: { title: 'other', expression } } : binding,
      ),
    );
    const broken = await brokenLink(deployment);
    expect(broken).toMatchObject({ check: 'read grant', text: expect.stringContaining('objects/other') });
  });

  test('is that of an account that was deleted and made again', async () => {
    const deployment = await ready();
    const accounts = `/iam/v1/projects/${cloud.projectId}/serviceAccounts`;
    await ask(cloud, 'DELETE', `${accounts}/${scene.email}`);
    await ask(cloud, 'POST', accounts, { accountId: scene.email.split('@')[0] });
    const broken = await brokenLink(deployment);
    expect(broken).toMatchObject({ check: 'decrypt grant', text: expect.stringContaining('was deleted') });
  });

  test('has not taken effect yet', async () => {
    let now = Date.now();
    const slow = await startLocalCloud({
      projectId: 'sample-project',
      policyPropagationSeconds: 120,
      now: () => new Date(now),
    });
    try {
      const deployment = deploymentOf(slow, await createReadyScene(slow));
      const broken = await brokenLink(deployment);
      expect(broken).toMatchObject({
        check: 'decrypt grant',
        text: expect.stringContaining('not taken effect yet'),
        fix: expect.stringContaining('wait'),
      });
      now += 121_000;
      expect((await brokenLink(deployment)).check).toBe('revision');
    } finally {
      await slow.close();
    }
  });
});

describe('the revision', () => {
  test('is of no service at all', async () => {
    const broken = await brokenLink(await ready());
    expect(broken).toMatchObject({
      check: 'revision',
      text: expect.stringContaining('There is no Cloud Run'),
    });
  });

  test('runs as somebody else', async () => {
    const deployment = await ready();
    const other = await createReadyScene(cloud);
    await runService(cloud, deployment, { identity: other.email, image: 'serving' });
    const broken = await brokenLink(deployment);
    expect(broken.check).toBe('revision');
    expect(broken.text).toContain(`it runs as ${other.email}, not ${scene.email}`);
  });

  test('reads another object', async () => {
    const deployment = await ready();
    await runService(cloud, deployment, { variables: { OBJECT_NAME: 'other' }, image: 'serving' });
    const broken = await brokenLink(deployment);
    expect(broken.text).toContain('OBJECT_NAME is other, not config.enc');
  });

  test('did not come up, while the one before serves on', async () => {
    const deployment = await ready();
    await runService(cloud, deployment);
    await runService(cloud, deployment, { variables: { PAGE_VALUES: 'nonsense' } });
    const broken = await brokenLink(deployment);
    expect(broken.check).toBe('revision');
    expect(broken.text).toMatch(/did not come up: .*The older revision \S+ serves on/s);
  });
});

describe('the probe', () => {
  test('is refused to who may not invoke', async () => {
    const deployment = await ready();
    await runService(cloud, deployment);
    const viewer = 'user:looker@example.com';
    const bindings = [
      { role: 'roles/owner', members: [cloud.owner] },
      ...['cloudkms.viewer', 'browser', 'run.viewer', 'iam.serviceAccountViewer', 'storage.objectViewer'].map(
        (role) => ({ role: `roles/${role}`, members: [viewer] }),
      ),
    ];
    await setBindings(cloud, `/crm/v1/projects/${cloud.projectId}`, bindings);
    const broken = await brokenLink(await lookedAtBy(cloud, deployment, cloud.tokenFor(viewer)));
    expect(broken).toMatchObject({ check: 'probe', text: expect.stringContaining('run.routes.invoke') });
    expect(broken.fix).toContain('--role=roles/run.invoker');
  });

  test('answers, but an older generation is loaded', async () => {
    const deployment = await ready();
    await runService(cloud, deployment);
    await scene.put(await scene.encrypt(sampleConfig));
    const findings = await untilBroken(CHAIN, deployment);
    expect(findings.find(({ check }) => check === 'probe')).toMatchObject({
      state: 'not proven',
      text: expect.stringMatching(/^waiting until \d\d:\d\d UTC/),
    });
  });
});

test('does not fail on clients without credentials of their own', async () => {
  const deployment = await ready();
  const clients = await googleClients({ endpoint: cloud.url, accessToken: 'none' });
  expect((await untilBroken(CHAIN, { ...deployment, clients })).at(-1)).toMatchObject({
    check: 'credentials',
  });
});

test.each([
  [
    "Permission 'cloudkms.cryptoKeyVersions.useToDecrypt' denied on resource 'k' (or it may not exist).",
    'decrypt grant',
  ],
  ['a@b.iam does not have storage.objects.get access to the Google Cloud Storage object.', 'read grant'],
  ["Decryption failed: verify that 'name' refers to the correct CryptoKey.", 'ciphertext'],
  ['The secret is not valid: /DB_PASS is missing', 'ciphertext'],
  ['No such object: bucket/config.enc', 'object'],
  ['k/cryptoKeyVersions/1 is not enabled, current state is: DISABLED.', 'key'],
  ['Cloud Storage JSON API has not been used in project 1 before or it is disabled.', 'APIs'],
  ['Could not load the default credentials.', 'credentials'],
  ['Your client does not have permission to the requested URL /.', 'probe'],
  ['The user-provided container failed to start and listen on the port', 'revision'],
  ['something else', undefined],
])('knows what the error is about: %s', (error, link) => {
  expect(linkOfError(error)).toBe(link);
});
