import { readFileSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT_CODES } from '../../../cli/exit-codes.ts';
import { synthesize } from '../../../cli/local/synthesize.ts';
import { type LocalCloud, startLocalCloud } from '../../../emulator/cloud.ts';
import { listGenerations } from '../../../secrets/generations.ts';
import { createReadyScene, type Scene, sampleConfig } from '../../support/scene.ts';
import { ask, deploymentOf, runService, serviceImage } from '../checks/support.ts';
import { projectDirectory } from '../support/project.ts';
import { createOperator, type Operator } from './support.ts';

const document = readFileSync(path.join(projectDirectory, 'docs', 'cli.md'), 'utf8');
const examples = [...document.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = '']) =>
  block.trim().split('\n'),
);

let cloud: LocalCloud;
let scene: Scene;
let operator: Operator;
let environment: Record<string, string>;

beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project', images: { service: serviceImage } });
  scene = await createReadyScene(cloud);
  operator = await createOperator(cloud, scene);
  environment = await settings();
  const { bucket, key } = scene.reference;
  await ask(cloud, 'PATCH', `/storage/v1/b/${bucket}`, {
    iamConfiguration: { publicAccessPrevention: 'enforced' },
  });
  await ask(cloud, 'PATCH', `/kms/v1/${key}?updateMask=rotationPeriod,nextRotationTime`, {
    rotationPeriod: '7776000s',
    nextRotationTime: new Date(Date.now() + 86_400_000).toISOString(),
  });
  await writeFile(
    path.join(operator.directory, 'config.json'),
    JSON.stringify({ ...sampleConfig, DB_HOST: 'h' }),
  );
  await writeFile(path.join(operator.directory, 'password.txt'), 'canary-new\n');
  await writeFile(
    path.join(operator.directory, 'key.pem'),
    '-----BEGIN KEY-----\ncanary\n-----END KEY-----\n',
  );
  await writeFile(path.join(operator.directory, 'nested.json'), '{"endpoints": [{"host": "h"}]}');
  await writeFile(path.join(operator.directory, 'port.json'), '5432\n');
  await writeFile(
    path.join(operator.directory, 'rotate-postgres.ts'),
    `const done = async () => {};
     export default { propose: () => ({ DB_PASS: 'canary-rotated' }), create: done, test: done, retire: done, undo: done };`,
  );
  await synthesize({
    projectDirectory,
    outputDirectory: path.join(operator.directory, 'cdktf.out'),
    environment: process.env,
  });
  const review = path.join(operator.directory, 'cdktf.out', 'review', 'review.json');
  await copyFile(review, path.join(operator.directory, 'review.json'));
});
afterAll(async () => {
  await operator?.close();
  await cloud?.close();
});

/** Settings by which the scene is what would be deployed. */
async function settings(): Promise<Record<string, string>> {
  const [, ring = '', key = ''] = /keyRings\/([^/]+)\/cryptoKeys\/(.+)$/.exec(scene.reference.key) ?? [];
  return {
    GCS_BUCKET_NAME: scene.reference.bucket,
    GCP_KMS_KEYRING: ring,
    GCP_KMS_KEYNAME: key,
    GCP_SA_NAME: scene.email.split('@')[0] ?? '',
    GCP_SECRETS: JSON.stringify(await moreSecrets()),
    GCP_SERVICE_NAME: deploymentOf(cloud, scene).declared.name,
    EDITOR: `${process.execPath} -e 0`,
  };
}

/** Secrets besides the config, each with a key of its own. */
async function moreSecrets(): Promise<object[]> {
  const keyNames = await Promise.all(['tls', 'nested'].map(() => scene.createKey()));
  const [tls, nested] = keyNames.map((name) => name.split('/').at(-1));
  return [
    { name: 'tls', format: 'text', keyName: tls },
    { name: 'nested', keyName: nested },
  ];
}

/** The words of an example, and the file that it reads from standard input. */
async function wordsOf(example: string): Promise<{ args: string[]; stdin: string }> {
  const [live, ...older] = await listGenerations(scene.owner, scene.reference);
  // After a rotation, what is older may need versions that are disabled.
  const usable = older.find(({ keyVersion }) => keyVersion === live?.keyVersion) ?? live;
  const [command = '', input] = example
    .replace('GENERATION', usable?.generation ?? '')
    .replace('CURRENT', live?.generation ?? '')
    .split(' < ');
  const stdin = input ? readFileSync(path.join(operator.directory, input), 'utf8') : '';
  const words = command.match(/'[^']*'|\S+/g) ?? [];
  return { args: words.slice(1).map((word) => word.replace(/^'(.*)'$/, '$1')), stdin };
}

describe('docs/cli.md', () => {
  test('lists the exit codes', () => {
    const codes = [...document.matchAll(/^\| (\d) \|/gm)].map(([, code]) => Number(code));
    expect(codes).toEqual(Object.values(EXIT_CODES));
  });

  test('names every command of the program', async () => {
    const { stdout } = await operator.runPlain(['--help']);
    const commands = [...stdout.matchAll(/^ {2}([a-z-]+) .*$/gm)].map(([, name]) => name ?? '');
    expect(commands).toEqual(expect.arrayContaining(['put', 'verify', 'rotate-key']));
    const missing = commands.filter(
      (name) => name !== 'help' && !document.includes(`**${name}**`) && !document.includes(`\`${name}`),
    );
    expect(missing).toEqual([]);
  });

  test('has an example of every command on a secret', () => {
    expect(examples.length).toBeGreaterThan(25);
    expect(examples.every((example) => example.startsWith('cloud-run-identity '))).toBe(true);
  });

  // In the order of the page: later ones build on earlier ones.
  test.each(examples)('%s', async (example) => {
    const isCheck = /verify|doctor/.test(example);
    if (isCheck) await runService(cloud, deploymentOf(cloud, scene), { variables: { K_AGAIN: example } });
    const { args, stdin } = await wordsOf(example);
    const { code, stdout, stderr } = await operator.runWithSettings(args, { stdin, environment });
    expect({ code, stderr }, stdout + stderr).toEqual({
      code: 0,
      stderr: expect.not.stringContaining('Error'),
    });
  });
});
