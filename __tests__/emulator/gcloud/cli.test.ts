import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { localCloud } from '../support.ts';
import { isInstalled, run, sdkEnvironment } from './sdk.ts';

const hasGcloud = await isInstalled('gcloud');

describe.skipIf(!hasGcloud)(
  `gcloud itself${hasGcloud ? '' : ', skipped: there is no gcloud on the PATH'}`,
  { timeout: 120_000 },
  () => {
    const context = localCloud();
    const folder = mkdtempSync(path.join(tmpdir(), 'gcloud-'));
    const file = (name: string) => path.join(folder, name);
    afterAll(() => rmSync(folder, { recursive: true }));

    /** Runs gcloud with a configuration folder of its own; its answer in JSON. */
    async function gcloud(...args: string[]) {
      const env = await sdkEnvironment(context.cloud, folder);
      const { stdout } = await run('gcloud', [...args, '--format', 'json'], { env });
      return stdout === '' ? undefined : JSON.parse(stdout);
    }

    it('copies to a bucket with uniform access, and back', async () => {
      writeFileSync(file('config.enc'), 'sealed');
      await gcloud('storage', 'buckets', 'create', 'gs://demo-bucket', '--uniform-bucket-level-access');
      await gcloud('storage', 'cp', file('config.enc'), 'gs://demo-bucket/config.enc');
      await gcloud('storage', 'cp', 'gs://demo-bucket/config.enc', file('back.enc'));
      expect(readFileSync(file('back.enc'), 'utf8')).toBe('sealed');
    });

    it('deploys to a region, whose host nobody resolves', async () => {
      const code =
        "require('node:http').createServer((_, response) => response.end()).listen(process.env.PORT)";
      context.cloud.images.set('gcr.io/demo-project/app', { command: [process.execPath, '-e', code] });
      const options = [
        '--image',
        'gcr.io/demo-project/app',
        '--region',
        'us-central1',
        '--no-allow-unauthenticated',
      ];
      await gcloud('run', 'deploy', 'app', ...options);
      const described = await gcloud('run', 'services', 'describe', 'app', '--region', 'us-central1');
      expect(described.status.url).toMatch(/^http:/);
      const listed = await gcloud('run', 'services', 'list');
      expect(listed.map((service: { metadata: { name: string } }) => service.metadata.name)).toEqual(['app']);
    });

    it('is refused in words that name what is missing', async () => {
      const refused = gcloud('kms', 'keys', 'describe', 'none', '--keyring', 'none', '--location', 'global');
      await expect(refused).rejects.toThrow(
        /KeyRing projects\/demo-project\/locations\/global\/keyRings\/none not found/,
      );
    });
  },
);
