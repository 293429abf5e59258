import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type LocalCloud, startLocalCloud } from '@cloud-run-identity/local-cloud';
import { KeyManagementServiceClient } from '@google-cloud/kms';
import { Storage } from '@google-cloud/storage';
import { App, Testing } from 'cdktf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FoundationStack, ServiceStack } from '../../constructs/index.ts';
import { readAllSettings, type Settings } from '../../settings/index.ts';
import { isAllowed } from './support/is-allowed.ts';

let directory: string;
let cloud: LocalCloud;
let environments: readonly Settings[];

/** Both environments in one project, where only names keep them apart. */
beforeAll(async () => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'environments-')));
  for (const file of ['config-dev.enc', 'config-prod.enc'])
    writeFileSync(join(directory, file), 'ciphertext');
  environments = readAllSettings({
    context: { projectId: 'my-project', environments: { dev: {}, prod: {} } },
    environment: {},
    projectRoot: directory,
  });
  const app = new App({ outdir: join(directory, 'cdktf.out') });
  cloud = await startLocalCloud({ projectId: 'my-project' });
  for (const settings of environments) {
    const stacks = [
      new FoundationStack(app, settings.stacks.foundation, settings),
      new ServiceStack(app, settings.stacks.service, settings),
    ];
    for (const stack of stacks) {
      const json = JSON.parse(Testing.synth(stack, true));
      // Who may read what does not depend on the services being up.
      delete json.resource.google_cloud_run_service;
      delete json.output;
      const file = join(app.outdir, 'stacks', stack.node.id, 'cdk.tf.json');
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify(json));
      await cloud.apply(file);
    }
  }
});

afterAll(async () => {
  await cloud?.stop();
  rmSync(directory, { recursive: true });
});

/** Whether the identity of one environment may read the object of another, and decrypt with its key. */
async function mayRead(reader: string, of: string): Promise<[boolean, boolean]> {
  const [from, target] = [reader, of].map((name) =>
    environments.find(({ environment }) => environment === name),
  ) as [Settings, Settings];
  const account = from.services[0]?.serviceAccountName;
  const clients = cloud.as(`serviceAccount:${account}@my-project.iam.gserviceaccount.com`);
  const { objectName = '', keyId = '' } = target.services[0] ?? {};
  const owner = new KeyManagementServiceClient(cloud.as(cloud.owner).kms);
  const [{ ciphertext }] = await owner.encrypt({ name: keyId, plaintext: Buffer.from('secret') });
  const object = new Storage(clients.storage).bucket(target.bucketName).file(objectName).download();
  const decryption = new KeyManagementServiceClient(clients.kms).decrypt({
    name: keyId,
    ciphertext: ciphertext as Buffer,
  });
  return [await isAllowed(object), await isAllowed(decryption)];
}

test.each([
  ['dev', 'dev', true],
  ['prod', 'prod', true],
  ['dev', 'prod', false],
  ['prod', 'dev', false],
])('the identity of %s, asked for the object and the key of %s: %s', async (reader, of, expected) => {
  expect(await mayRead(reader, of)).toEqual([expected, expected]);
});

test("what is encrypted with one environment's key is not decrypted with the other's", async () => {
  const [dev, prod] = environments.map(({ services }) => services[0]?.keyId ?? '');
  const owner = new KeyManagementServiceClient(cloud.as(cloud.owner).kms);
  const [{ ciphertext }] = await owner.encrypt({ name: prod as string, plaintext: Buffer.from('secret') });
  await expect(owner.decrypt({ name: dev as string, ciphertext: ciphertext as Buffer })).rejects.toThrow();
});

test('no file is uploaded for both', () => {
  const files = environments.map(({ services }) => services[0]?.encryptedConfigFile);
  expect(new Set(files).size).toBe(2);
});
