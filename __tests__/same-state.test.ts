import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, type TerraformStack, Testing } from 'cdktf';
import { expect, test } from 'vitest';
import { FoundationStack } from '../constructs/foundation-stack.ts';
import { ServiceStack } from '../constructs/service-stack.ts';
import { applyStack } from '../emulator/apply/apply.ts';
import { type LocalCloud, startLocalCloud } from '../emulator/cloud.ts';
import { readSettings } from '../settings/index.ts';
import { ChosenValues, missingFrom, recording, send } from './emulator/replay.ts';
import { call } from './emulator/support.ts';

const image = `us-central1-docker.pkg.dev/demo-project/cloud-run-identity/app@sha256:${'0'.repeat(64)}`;
const container =
  "require('node:http').createServer((_, response) => response.end()).listen(process.env.PORT, '127.0.0.1')";

/** What a deployment leaves behind, by the address at which it is read. */
const LEFT_BEHIND = {
  project: '/crm/v1/projects/demo-project:getIamPolicy',
  services: '/serviceusage/v1/projects/demo-project/services?filter=state:ENABLED',
  ring: '/kms/v1/projects/demo-project/locations/global/keyRings/cloudrun-secrets',
  key: '/kms/v1/projects/demo-project/locations/global/keyRings/cloudrun-secrets/cryptoKeys/cloudrun-identity',
  'key policy':
    '/kms/v1/projects/demo-project/locations/global/keyRings/cloudrun-secrets/cryptoKeys/cloudrun-identity:getIamPolicy',
  repository:
    '/artifactregistry/v1/projects/demo-project/locations/us-central1/repositories/cloud-run-identity',
  account:
    '/iam/v1/projects/demo-project/serviceAccounts/cloud-run-identity@demo-project.iam.gserviceaccount.com',
  bucket: '/storage/v1/b/demo-project-cloudrun-identity',
  'bucket policy': '/storage/v1/b/demo-project-cloudrun-identity/iam?optionsRequestedPolicyVersion=3',
  object: '/storage/v1/b/demo-project-cloudrun-identity/o/config.enc',
  service: '/run/apis/serving.knative.dev/v1/namespaces/demo-project/services/cloud-run-identity',
  'service policy':
    '/run/v1/projects/demo-project/locations/us-central1/services/cloud-run-identity:getIamPolicy',
};

async function newCloud(): Promise<LocalCloud> {
  const now = () => new Date('2026-01-01T00:00:00Z');
  const images = { '*': { command: [process.execPath, '-e', container] as const } };
  return startLocalCloud({ projectId: 'demo-project', enabledServices: [], now, images });
}

/** The provider's recorded deployment of its stacks. */
async function deployAsRecorded(cloud: LocalCloud): Promise<void> {
  const chosen = new ChosenValues();
  for (const recorded of recording('deploy')) {
    const answer = await send(cloud, chosen.apply(recorded));
    expect(answer.status).toBe(recorded.status);
    chosen.note(recorded, answer.body);
  }
}

/** Our own stacks, with the names of the recording, by our own applier. */
async function deployWithApplier(cloud: LocalCloud): Promise<void> {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'same-state-')));
  try {
    writeFileSync(path.join(root, 'config.enc'), Buffer.from('CiQA3q2+7w==', 'base64'));
    const context = { projectId: 'demo-project', serviceName: 'cloud-run-identity', image, public: true };
    const settings = readSettings({ context, environment: {}, projectRoot: root });
    const target = { url: cloud.url, accessToken: cloud.tokenFor(cloud.owner) };
    for (const Stack of [FoundationStack, ServiceStack]) {
      const app = new App({ outdir: path.join(root, 'cdktf.out') });
      const stack: TerraformStack = new Stack(app, Stack.name, settings);
      const stackDirectory = path.join(app.outdir, 'stacks', stack.node.id);
      mkdirSync(stackDirectory, { recursive: true });
      await applyStack({ stack: JSON.parse(Testing.synth(stack, true)), stackDirectory, target });
    }
  } finally {
    rmSync(root, { recursive: true });
  }
}

async function stateOf(cloud: LocalCloud): Promise<Record<string, unknown>> {
  await serving(cloud);
  const entries = Object.entries(LEFT_BEHIND).map(async ([name, url]) => {
    // Resource Manager reads policies by POST.
    const { status, body } = await call(cloud, url.startsWith('/crm/') ? 'POST' : 'GET', url);
    expect([name, status]).toEqual([name, 200]);
    return [name, body] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function serving(cloud: LocalCloud): Promise<void> {
  for (;;) {
    const { body } = await call(cloud, 'GET', LEFT_BEHIND.service);
    if (body.status.conditions[0].status !== 'Unknown') return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Where the two states may differ, and why. */
const INTENDED = [
  // The recorded stacks are of another hand: texts, and a label less.
  '.key.labels.app',
  '.repository.labels.app',
  '.repository.description',
  '.account.displayName',
  '.bucket policy.bindings.4.condition.description',
  '.bucket policy.bindings.4.condition.title',
  // Our container has two variables more, and probes of its own.
  '.service.spec.template.spec.containers.0.env.1.name',
  '.service.spec.template.spec.containers.0.env.1.value',
  '.service.spec.template.spec.containers.0.env.2',
  '.service.spec.template.spec.containers.0.env.3',
  '.service.spec.template.spec.containers.0.livenessProbe.httpGet.path',
  '.service.spec.template.spec.containers.0.livenessProbe.httpGet.port',
  '.service.spec.template.spec.containers.0.startupProbe.failureThreshold',
  '.service.spec.template.spec.containers.0.startupProbe.httpGet.path',
  '.service.spec.template.spec.containers.0.startupProbe.periodSeconds',
  '.service.spec.template.spec.containers.0.startupProbe.timeoutSeconds',
  // The applier reckons from today, the recording from its own day; and it is not Terraform.
  '.key.nextRotationTime',
  '.service.metadata.annotations.run.googleapis.com/client-name',
];

test('our applier and the recorded provider leave the same state, but for what our stacks do otherwise', async () => {
  const [provider, applier] = await Promise.all([newCloud(), newCloud()]);
  try {
    await Promise.all([deployAsRecorded(provider), deployWithApplier(applier)]);
    const [recorded, ours] = [await stateOf(provider), await stateOf(applier)];
    const differences = [...missingFrom(ours, recorded, ''), ...missingFrom(recorded, ours, '')];
    const places = new Set(differences.map((line) => line.split(': ')[0]));
    expect([...places].sort()).toEqual([...INTENDED].sort());
  } finally {
    await Promise.all([provider.close(), applier.close()]);
  }
});
