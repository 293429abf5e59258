import { existsSync, readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../emulator/cloud.ts';
import { type Checkout, checkout } from './cli/support/checkout.ts';

const root = path.join(import.meta.dirname, '..');
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
const packageJson = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

/** Every line of the README that a reader types. */
const commands = [...readme.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = '']) =>
  block
    .trim()
    .split('\n')
    .map((line) => line.replace(/\s+# .*$/, '')),
);
const operatorsPage = readFileSync(path.join(root, 'docs', 'cli.md'), 'utf8');

let project: Checkout;
let cloud: LocalCloud;
beforeAll(async () => {
  project = await checkout();
  cloud = await startLocalCloud({ projectId: 'my-project' });
});
afterAll(() => Promise.all([project?.remove(), cloud?.close()]));

/** How each command is tried here; those that need Google are held to what the project really has. */
const trials: Record<string, () => Promise<void>> = {
  'npm ci && npm start': async () => {
    expect(packageJson.scripts.start).toBe('node cli/bin.js start');
    const start = project.run(['start']);
    const [, url = ''] = await start.output(/Ready in [\d.]+ s: (http:\S+)/);
    expect((await fetch(url)).status).toBe(200);
    start.signal('SIGINT');
    await start.ended;
  },
  'npm ci && npm test': async () => {
    expect(await readFile(path.join(root, '.ci', 'run'), 'utf8')).toContain('\nnpm ci && npm test\n');
    expect(existsSync(path.join(root, packageJson.scripts.test.split(' ').at(-1)))).toBe(true);
  },
  'npm run synth': async () => {
    expect(packageJson.scripts.synth).toBe('cdktf synth');
    expect(JSON.parse(await readFile(path.join(root, 'cdktf.json'), 'utf8')).app).toMatch(
      /^node .*main\.ts$/,
    );
  },
  'export GCP_PROJECT_ID=my-project': async () => {},
  'npx cdktf deploy cloud-run-identity-foundation': () => stackExists('cloud-run-identity-foundation'),
  'npx cloud-run-identity encrypt config.json': async () => {
    const headers = {
      authorization: `Bearer ${cloud.tokenFor(cloud.owner)}`,
      'content-type': 'application/json',
    };
    const rings = `${cloud.url}/kms/v1/projects/my-project/locations/global/keyRings`;
    await fetch(`${rings}?keyRingId=cloudrun-secrets`, { method: 'POST', headers });
    const body = JSON.stringify({ purpose: 'ENCRYPT_DECRYPT' });
    const keys = `${rings}/cloudrun-secrets/cryptoKeys?cryptoKeyId=cloudrun-identity`;
    expect((await fetch(keys, { method: 'POST', headers, body })).status).toBe(200);
    const { code, stderr } = await project.run(['encrypt', 'config.json'], {
      environment: {
        GCP_PROJECT_ID: 'my-project',
        CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS: cloud.url,
        CLOUDSDK_AUTH_ACCESS_TOKEN: cloud.tokenFor(cloud.owner),
      },
    }).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect((await stat(path.join(project.directory, 'config.enc'))).size).toBeGreaterThan(0);
  },
  'npx cdktf deploy cloud-run-identity': () => stackExists('cloud-run-identity'),
  'npx cdktf destroy cloud-run-identity': () => stackExists('cloud-run-identity'),
};

async function stackExists(name: string): Promise<void> {
  expect(existsSync(path.join(root, '__tests__', 'golden', `${name}.json`))).toBe(true);
}

describe('what the README says to type', () => {
  test.each(commands)('%s', async (command) => {
    // The operator's commands are run as examples of their own page.
    const example = command.replace('npx cloud-run-identity ', '\ncloud-run-identity ');
    if (!(command in trials) && operatorsPage.includes(example)) return;
    expect(Object.keys(trials)).toContain(command);
    await trials[command]?.();
  });

  test('names scripts that exist', () => {
    const scripts = [...readme.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name);
    expect(Object.keys(packageJson.scripts)).toEqual(expect.arrayContaining(scripts));
  });

  test('links to files that exist', () => {
    const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, link = '']) => link);
    for (const link of links) expect([link, existsSync(path.join(root, link))]).toEqual([link, true]);
  });
});
