import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { defaultCredentials } from '../../cli/google/default-credentials.ts';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import { temporaryDirectory } from './support/project.ts';

const EMAIL = 'operator@sample-project.iam.gserviceaccount.com';
const PERSON = { type: 'authorized_user', client_id: 'any', client_secret: 'any', refresh_token: 'any' };

let cloud: LocalCloud;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => {
  cloud = await startLocalCloud({ projectId: 'sample-project' });
  directory = await temporaryDirectory();
  // Where gcloud keeps those of whoever runs this.
  vi.stubEnv('CLOUDSDK_CONFIG', directory.path);
  vi.stubEnv('HOME', directory.path);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await directory.remove();
  await cloud.close();
});

function useFile(content: object): void {
  const file = path.join(directory.path, 'credentials.json');
  writeFileSync(file, JSON.stringify(content));
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file);
}

test('of a machine are those of its metadata server', async () => {
  await fetch(`${cloud.url}/iam/v1/projects/sample-project/serviceAccounts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${cloud.tokenFor(cloud.owner)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ accountId: 'operator' }),
  });
  vi.stubEnv('GCE_METADATA_HOST', await cloud.metadataServerFor(EMAIL));
  vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present');
  const credentials = await defaultCredentials('sample-project');
  expect(await credentials.email()).toBe(EMAIL);
  const token = await credentials.accessToken();
  expect(token).toBeTruthy();
  expect(await credentials.accessToken()).toBe(token);
});

test('of a person may name a quota project', async () => {
  useFile(PERSON);
  expect((await defaultCredentials('sample-project')).quotaProject).toBeUndefined();
  useFile({ ...PERSON, quota_project_id: 'quota-project' });
  expect((await defaultCredentials('sample-project')).quotaProject).toBe('quota-project');
});

test('of a pipeline are those that its workload identity pool gives', async () => {
  const exchanged: string[] = [];
  const pool = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => exchanged.push(text));
    request.on('end', () => {
      const answer = { access_token: 'federated', token_type: 'Bearer', expires_in: 3600 };
      response
        .setHeader('content-type', 'application/json')
        .end(
          JSON.stringify({ ...answer, issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' }),
        );
    });
  });
  await once(pool.listen(0, '127.0.0.1'), 'listening');
  const subject = path.join(directory.path, 'oidc.txt');
  writeFileSync(subject, 'token-of-the-pipeline');
  useFile({
    type: 'external_account',
    audience:
      '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/ci/providers/ci',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `http://127.0.0.1:${(pool.address() as AddressInfo).port}/v1/token`,
    credential_source: { file: subject },
  });
  const credentials = await defaultCredentials('sample-project');
  expect(await credentials.accessToken()).toBe('federated');
  expect(await credentials.email()).toBeUndefined();
  expect(exchanged.join('')).toContain('token-of-the-pipeline');
  pool.close();
});

test('that cannot be read are an error of the first call', async () => {
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', path.join(directory.path, 'missing.json'));
  const credentials = await defaultCredentials('sample-project');
  await expect(credentials.accessToken()).rejects.toThrow('missing.json');
});
