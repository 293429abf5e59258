import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Storage } from '@google-cloud/storage';
import { beforeAll, describe, expect, it } from 'vitest';
import { clientEnvironment } from '../../emulator/client-environment.ts';
import { localCloud } from './support.ts';

const context = localCloud();
const require = createRequire(import.meta.url);
const email = 'reader@demo-project.iam.gserviceaccount.com';
const member = `serviceAccount:${email}`;
const become = (body: object, as?: string) =>
  context.call('POST', '/local/v1/principals', { body, ...(as && { as }) });

beforeAll(async () => {
  await context.call('POST', '/iam/v1/projects/demo-project/serviceAccounts', {
    body: { accountId: 'reader' },
  });
  await context.call('POST', '/storage/v1/b?project=demo-project', { body: { name: 'a-bucket' } });
});

describe('the owner of the project', () => {
  it('can be any principal, by token, by address and by metadata server', async () => {
    const { body: principal } = await become({ member });
    expect(principal).toEqual({
      member,
      accessToken: expect.stringMatching(/^ya29\./),
      endpoint: expect.stringMatching(/^http:\/\/127(\.\d+){3}:\d+$/),
      grpcEndpoint: await context.cloud.grpcEndpointFor(member),
      metadataHost: await context.cloud.metadataServerFor(email),
    });
    const byToken = await context.call('GET', '/storage/v1/b/a-bucket', { token: principal.accessToken });
    const byAddress = await fetch(`${principal.endpoint}/storage/v1/b/a-bucket`);
    for (const { error } of [byToken.body, (await byAddress.json()) as { error: { message: string } }]) {
      expect(error.message).toContain(`${email} does not have storage.buckets.get access`);
    }
  });

  it('is the only one who can', async () => {
    expect((await become({ member: 'user:owner@example.com' }, member)).status).toBe(403);
  });

  it.each(['', 'allUsers', 'group:g@example.com', 'serviceAccount:x y@z'])(
    'cannot be "%s"',
    async (nobody) => {
      const { status, body } = await become({ member: nobody });
      expect(status).toBe(400);
      expect(body.error.message).toContain('user:EMAIL or serviceAccount:EMAIL');
    },
  );
});

describe('the environment for clients', () => {
  it("leads Google's storage library, which sends no token to an emulator, to the principal's address", async () => {
    const { body: principal } = await become({ member: context.cloud.owner });
    const options = { url: context.cloud.url, projectId: 'demo-project', region: 'us-central1', principal };
    const { STORAGE_EMULATOR_HOST: apiEndpoint = '' } = clientEnvironment(options);
    const [buckets] = await new Storage({ projectId: 'demo-project', apiEndpoint }).getBuckets();
    expect(buckets.map(({ name }) => name)).toEqual(['a-bucket']);
  });

  it('names an endpoint of this local cloud for each API, as the Terraform provider and gcloud write it', async () => {
    const { body: principal } = await become({ member });
    const environment = clientEnvironment({
      url: context.cloud.url,
      projectId: 'demo-project',
      region: 'us-central1',
      principal,
    });
    const { GOOGLE_KMS_CUSTOM_ENDPOINT: kms, CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS: gcloudKms } =
      environment;
    expect(environment.GCE_METADATA_HOST).toBe(principal.metadataHost);
    const headers = { authorization: `Bearer ${context.cloud.tokenFor(context.cloud.owner)}` };
    for (const base of [kms, `${gcloudKms}v1/`]) {
      const url = `${base}projects/demo-project/locations/global/keyRings`;
      expect((await fetch(url, { headers })).status).toBe(200);
    }
    const endpoints = Object.entries(environment).filter(([name]) => name.endsWith('CUSTOM_ENDPOINT'));
    const provider = readFileSync(require.resolve('@cdktf/provider-google/lib/provider/index.js'), 'utf8');
    const names = new Set(
      provider.match(/\b[a-z0-9_]+_custom_endpoint\b/g)?.map((name) => `GOOGLE_${name.toUpperCase()}`),
    );
    expect(names.size).toBeGreaterThan(100);
    expect([...names].filter((name) => !(name in environment))).toEqual([]);
    for (const [, value] of endpoints) expect(value).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[a-z0-9/_{}-]+\/$/);
  });
});
