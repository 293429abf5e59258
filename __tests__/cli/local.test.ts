import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatVariables } from '../../cli/local/cloud/shells.ts';
import { type Checkout, checkout } from './support/checkout.ts';
import type { Running } from './support/run.ts';

let project: Checkout;
let cloud: Running;
let url: string;

beforeAll(async () => {
  project = await checkout();
  cloud = project.run(['local', 'cloud', '--port', '0']);
  [, url = ''] = await cloud.output(/listens at (http:\/\/127\.0\.0\.1:\d+)/);
});
afterAll(() => project?.remove());

const env = (...args: string[]) => project.run(['local', 'env', ...args]).ended;
const terraform = (() => {
  try {
    execFileSync('terraform', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe('the local cloud as a program', () => {
  test('holds the project of the settings, with no API enabled', async () => {
    const variables = JSON.parse((await env('--json')).stdout);
    expect(variables.GCP_PROJECT_ID).toBe('sample-project');
    const headers = { authorization: `Bearer ${variables.GOOGLE_OAUTH_ACCESS_TOKEN}` };
    const answer = await fetch(`${url}/kms/v1/projects/sample-project/locations/global/keyRings`, {
      headers,
    });
    expect(await answer.json()).toMatchObject({ error: { details: [{ reason: 'SERVICE_DISABLED' }] } });
  });

  test('prints who asked for what, and why it was refused', async () => {
    await fetch(`${url}/crm/v1/projects/sample-project`);
    const [line] = await cloud.output(
      /401 GET \/crm\/v1\/projects\/sample-project {2}anonymous\n.*missing required/,
    );
    expect(line).not.toMatch(/ya29/);
  });

  test('writes a kubeconfig of the local GKE, which is as good as its principal', async () => {
    const namespaces = async (...as: string[]) => {
      const { KUBECONFIG, KUBE_CONFIG_PATH } = JSON.parse((await env(...as, '--json')).stdout);
      expect(KUBE_CONFIG_PATH).toBe(KUBECONFIG);
      const { clusters } = JSON.parse(await readFile(KUBECONFIG, 'utf8'));
      if (process.platform !== 'win32') expect((await stat(KUBECONFIG)).mode & 0o777).toBe(0o600);
      return (await fetch(`${clusters[0].cluster.server}/api/v1/namespaces`)).status;
    };
    expect(await namespaces()).toBe(200);
    expect(await namespaces('--as', 'user:nobody@example.com')).toBe(403);
  });

  test('gives the environment of any principal', async () => {
    const member = 'serviceAccount:someone@sample-project.iam.gserviceaccount.com';
    const { stdout } = await env('--as', member, '--format', 'dotenv');
    expect(stdout).toMatch(/^GCE_METADATA_HOST='127(?:\.\d+){3}:\d+'$/m);
    expect(stdout).toMatch(/^STORAGE_EMULATOR_HOST='http:\/\/127(?:\.\d+){3}:\d+'$/m);
  });

  test.each([
    [['--as', 'nobody'], /must be user:EMAIL or serviceAccount:EMAIL/, 1],
    [['--format', 'csh'], /Allowed choices are sh, powershell, dotenv, json/, 2],
    [
      ['--data', 'nowhere'],
      /No local cloud runs with the data directory .*nowhere.*npx cloud-run-identity local cloud/,
      1,
    ],
  ])('refuses %j with one clear error', async (args, message, exitCode) => {
    const { code, stdout, stderr } = await env(...args);
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
    expect(stderr).toMatch(message);
  });

  test('says that its port is taken', async () => {
    const { port } = new URL(url);
    const { code, stderr } = await project.run(['local', 'cloud', '--port', port, '--data', 'other']).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`Port ${port} is in use.*--port`));
  });
});

describe('variables', () => {
  const variables = { PLAIN: 'http://127.0.0.1:1/', ODD: `it's "odd" $HOME` };

  test.skipIf(process.platform === 'win32')('are read by a shell as they were', () => {
    const script = `${formatVariables(variables, 'sh')}\nprintf '%s\\n%s' "$PLAIN" "$ODD"`;
    expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe(
      Object.values(variables).join('\n'),
    );
  });

  test('are quoted for PowerShell, and are themselves in JSON', () => {
    expect(formatVariables({ ODD: "it's" }, 'powershell')).toBe("$env:ODD = 'it''s'");
    expect(JSON.parse(formatVariables(variables, 'json'))).toEqual(variables);
  });
});

describe('deploy and destroy', () => {
  test.each(['deploy', 'destroy'])(
    '%s says that Terraform is missing, and changes nothing',
    async (command) => {
      const before = await readdir(project.directory);
      const { code, stderr } = await project.run([command, '--yes'], {
        environment: { PATH: path.dirname(process.execPath) },
      }).ended;
      expect(code).toBe(1);
      expect(stderr).toMatch(/Terraform is not on the PATH.*Install version/);
      expect(await readdir(project.directory)).toEqual(before);
    },
  );

  test.runIf(terraform)(
    'deploy reads the plaintext before anything is deployed (needs Terraform)',
    async () => {
      const [config, away] = ['config.json', 'away.json'].map((file) => path.join(project.directory, file));
      await rename(config as string, away as string);
      const { code, stderr } = await project.run(['deploy', '--local', '--yes']).ended;
      await rename(away as string, config as string);
      expect(code).toBe(1);
      expect(stderr).toMatch(/config\.json does not exist/);
      expect(await readdir(path.join(project.directory, '.local', 'cloud'))).not.toContain('cdktf.out');
    },
  );

  test.runIf(terraform)(
    'deploy --local says that the provider cannot be had (needs Terraform, and no registry of it)',
    async () => {
      // A mirror without providers: what a machine without the registry has.
      const { directory } = project;
      const config = path.join(directory, 'terraform.rc');
      await mkdir(path.join(directory, 'mirror'));
      const mirror = JSON.stringify(path.join(directory, 'mirror'));
      await writeFile(
        config,
        `provider_installation {\n  filesystem_mirror {\n    path = ${mirror}\n  }\n}\n`,
      );
      const environment = { TF_CLI_CONFIG_FILE: config };
      const { code, stderr } = await project.run(['deploy', '--local', '--yes'], { environment }).ended;
      expect(code).toBe(1);
      expect(stderr).toMatch(/Terraform \(init of cloud-run-identity-foundation\) could not get a provider/);
      expect(await readdir(directory)).not.toContain('terraform.cloud-run-identity-foundation.tfstate');
    },
    60_000,
  );
});
