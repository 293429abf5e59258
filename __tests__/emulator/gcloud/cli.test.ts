import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { clientEnvironment } from '../../../emulator/client-environment.ts';
import { localCloud } from '../support.ts';

const run = promisify(execFile);
// On Windows gcloud is a batch file, which is not run without a shell.
const isInstalled = await run('gcloud', ['--version']).then(
  () => true,
  () => false,
);

describe.skipIf(!isInstalled)(
  `gcloud itself${isInstalled ? '' : ', skipped: there is no gcloud on the PATH'}`,
  { timeout: 120_000 },
  () => {
    const context = localCloud();
    const folder = mkdtempSync(path.join(tmpdir(), 'gcloud-'));
    const file = (name: string) => path.join(folder, name);
    afterAll(() => rmSync(folder, { recursive: true }));

    /** Runs gcloud with the environment of `local env` and a configuration folder of its own; its answer in JSON. */
    async function gcloud(...args: string[]) {
      const { cloud } = context;
      const principal = {
        member: cloud.owner,
        accessToken: cloud.tokenFor(cloud.owner),
        endpoint: await cloud.endpointFor(cloud.owner),
      };
      const options = { url: cloud.url, projectId: cloud.projectId, region: 'us-central1', principal };
      const env = {
        PATH: process.env.PATH,
        CLOUDSDK_CONFIG: folder,
        CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
        CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: 'true',
        ...clientEnvironment(options),
      };
      const { stdout } = await run('gcloud', [...args, '--format', 'json'], { env });
      return stdout === '' ? undefined : JSON.parse(stdout);
    }

    it('makes ring, key, bucket and account as the article does, and a secret that comes back', async () => {
      const key = ['--keyring', 'cloudrun-secrets', '--location', 'global'];
      const member = 'serviceAccount:cloud-run-identity@demo-project.iam.gserviceaccount.com';
      writeFileSync(file('config.json'), '{"DB_PASS":"Not-A-Secret"}');
      await gcloud('iam', 'service-accounts', 'create', 'cloud-run-identity');
      await gcloud('kms', 'keyrings', 'create', 'cloudrun-secrets', '--location', 'global');
      await gcloud('kms', 'keys', 'create', 'cloudrun-identity', ...key, '--purpose', 'encryption');
      const role = ['--member', member, '--role', 'roles/cloudkms.cryptoKeyDecrypter'];
      const policy = await gcloud(
        'kms',
        'keys',
        'add-iam-policy-binding',
        'cloudrun-identity',
        ...key,
        ...role,
      );
      expect(policy.bindings).toEqual([{ members: [member], role: 'roles/cloudkms.cryptoKeyDecrypter' }]);
      const files = ['--plaintext-file', file('config.json'), '--ciphertext-file', file('config.enc')];
      await gcloud('kms', 'encrypt', '--key', 'cloudrun-identity', ...key, ...files);

      await gcloud('storage', 'buckets', 'create', 'gs://demo-bucket', '--uniform-bucket-level-access');
      await gcloud('storage', 'cp', file('config.enc'), 'gs://demo-bucket/config.enc');
      await gcloud('storage', 'cp', 'gs://demo-bucket/config.enc', file('back.enc'));
      const back = ['--plaintext-file', file('back.json'), '--ciphertext-file', file('back.enc')];
      await gcloud('kms', 'decrypt', '--key', 'cloudrun-identity', ...key, ...back);
      expect(readFileSync(file('back.json'), 'utf8')).toBe('{"DB_PASS":"Not-A-Secret"}');
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
