import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Finding } from '../../cli/checks/check.ts';
import { pushCommand } from '../../cli/preflight/image.ts';
import { lookBefore } from '../../cli/preflight/preflight.ts';
import { clientEnvironment } from '../../emulator/client-environment.ts';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import { googleClients } from '../../secrets/clients.ts';
import { readProjectSettings } from '../../settings/index.ts';
import { hasTerraform, type TerraformProject, terraformProject } from './deploy/project.ts';
import { projectDirectory } from './support/project.ts';

let cloud: LocalCloud;

beforeAll(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project' });
});
afterAll(() => cloud?.close());

async function look(
  member: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Record<string, Pick<Finding, 'state' | 'text' | 'fix'>>> {
  const accessToken = cloud.tokenFor(member);
  const principal = { member, accessToken, endpoint: cloud.url };
  const { url, projectId } = cloud;
  const environment = clientEnvironment({ url, projectId, region: 'us-central1', principal });
  const findings = await lookBefore({
    settings: readProjectSettings(projectDirectory, { GCP_PROJECT_ID: projectId, ...settings }),
    clients: await googleClients({ endpoint: url, accessToken }),
    environment,
  });
  return Object.fromEntries(findings.map(({ check, ...finding }) => [check, finding]));
}

describe('before a deployment', () => {
  test('an owner of an active project has what it takes', async () => {
    const found = await look(cloud.owner);
    expect(found.project).toMatchObject({ state: 'holds', text: 'sample-project is active' });
    expect(found.permissions).toMatchObject({ state: 'holds' });
    expect(found.APIs).toMatchObject({ state: 'holds' });
    expect(found['uniform access']).toMatchObject({ state: 'holds' });
  });

  test('what the local cloud does not have is not proven, and nobody else is asked', async () => {
    const found = await look(cloud.owner, { GCP_PUBLIC: 'true' });
    const open = Object.entries(found).filter(([, { state }]) => state === 'not proven');
    expect(open.map(([name]) => name)).toEqual([
      'quota project',
      'billing',
      'policy: who may be granted',
      'policy: locations',
      'image',
    ]);
    expect(found.billing?.text).toBe('the local cloud has no cloudbilling.googleapis.com');
  });

  test('what somebody may not do is named, with the command that grants it', async () => {
    const found = await look('user:stranger@example.com');
    expect(found.permissions).toMatchObject({
      state: 'broken',
      text: expect.stringMatching(
        /^Whoever deploys lacks serviceusage\.services\.enable, .*run\.services\.create.* on the project sample-project\.$/,
      ),
      fix: expect.stringMatching(
        /^gcloud projects add-iam-policy-binding sample-project --member=MEMBER --role=roles\/serviceusage\.serviceUsageAdmin/,
      ),
    });
    expect(found.project).toMatchObject({
      state: 'broken',
      text: expect.stringMatching(/resourcemanager\.projects\.get/),
    });
  });

  test('an image that nobody builds is built and pushed by one line', () => {
    expect(pushCommand('us-docker.pkg.dev', 'us-docker.pkg.dev/p/r/i:v1@sha256:00')).toBe(
      'gcloud auth configure-docker us-docker.pkg.dev && docker build --platform linux/amd64 --file service/Dockerfile --tag us-docker.pkg.dev/p/r/i:v1 . && docker push us-docker.pkg.dev/p/r/i:v1',
    );
  });
});

describe.runIf(hasTerraform)('the command (needs Terraform, but no provider)', () => {
  let project: TerraformProject;
  beforeEach(async () => {
    project = await terraformProject(cloud);
    await project.write({ service: { resource: { terraform_data: { app: {} } } } });
    return () => project.remove();
  });

  test('prints a table, and is green only when all is proven', async () => {
    const { code, stdout } = await project.run(['preflight']);
    expect(code).toBe(4);
    expect(stdout).toMatch(
      /✓ {2}Terraform +Terraform \d+\.\d+\.\d+\n✓ {2}provider +those of cloud-run-identity-foundation, cloud-run-identity can be had/,
    );
    expect(stdout).toMatch(/\? {2}billing/);
  });

  test('deploy looks first, and changes nothing when something is broken', async () => {
    const environment = { CLOUDSDK_AUTH_ACCESS_TOKEN: cloud.tokenFor('user:stranger@example.com') };
    const { code, stderr } = await project.run(['deploy', '--yes'], { environment });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /The deployment would fail\..*--no-preflight[\s\S]* {2}permissions: Whoever deploys lacks/,
    );
    expect(stderr).not.toMatch(/Planning/);
  });
});
