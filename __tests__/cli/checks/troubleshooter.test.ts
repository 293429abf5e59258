import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toTheEnd } from '../../../cli/checks/check.ts';
import type { Deployment } from '../../../cli/checks/deployment.ts';
import { decryptGrant, forbiddenAccess, readGrant } from '../../../cli/checks/grants.ts';
import { accessOf, holdsFor } from '../../../cli/checks/troubleshooter.ts';
import { googleClients } from '../../../secrets/clients.ts';

const object = '//storage.googleapis.com/projects/_/buckets/b/objects/config.enc';
const condition = { expression: 'resource.name == "projects/_/buckets/b/objects/config.enc"' };
const member = 'serviceAccount:id@p.iam.gserviceaccount.com';
let server: Server;
let answer: object;
let environment: Record<string, string>;

// The local cloud decides conditions itself; Google's Policy Troubleshooter leaves them open, which only a stand-in
// can show: https://cloud.google.com/policy-intelligence/docs/troubleshoot-access
beforeAll(async () => {
  const explanation = {
    access: 'UNKNOWN_CONDITIONAL',
    role: 'roles/storage.objectViewer',
    rolePermission: 'ROLE_PERMISSION_INCLUDED',
    memberships: { [member]: { membership: 'MEMBERSHIP_INCLUDED' } },
    condition,
  };
  answer = {
    access: 'UNKNOWN_CONDITIONAL',
    explainedPolicies: [
      {
        fullResourceName: '//storage.googleapis.com/projects/_/buckets/b',
        bindingExplanations: [explanation],
      },
    ],
  };
  server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  environment = { CLOUDSDK_API_ENDPOINT_OVERRIDES_POLICYTROUBLESHOOTER: url };
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test('what Google leaves open because of a condition is decided by the resource’s name', async () => {
  const clients = await googleClients({ accessToken: 'any' });
  const declared = { projectId: 'p', identity: 'id@p.iam.gserviceaccount.com' };
  const deployment = { clients, declared, environment } as Deployment;
  expect(await accessOf(deployment, 'storage.objects.get', object)).toMatchObject({
    isGranted: true,
    by: 'roles/storage.objectViewer on //storage.googleapis.com/projects/_/buckets/b',
  });
  expect(await accessOf(deployment, 'storage.objects.get', `${object}.other`)).toMatchObject({
    isGranted: false,
  });
});

test('what Google does not tell is not proven, neither as a grant nor as a lack', async () => {
  // As whoever may not see the folder's and the organization's policies is answered.
  answer = {
    access: 'UNKNOWN_INFO_DENIED',
    explainedPolicies: [
      { access: 'NOT_GRANTED', fullResourceName: object, policy: { bindings: [] } },
      { access: 'UNKNOWN_INFO_DENIED', fullResourceName: '' },
    ],
  };
  const clients = await googleClients({ accessToken: 'any' });
  const declared = {
    ...{ projectId: 'p', identity: 'id@p.iam.gserviceaccount.com', bucket: 'b', object: 'config.enc' },
    key: 'projects/p/locations/global/keyRings/r/cryptoKeys/k',
  };
  const deployment = { clients, declared, environment } as Deployment;
  const checks = [decryptGrant, readGrant, ...forbiddenAccess];
  const findings = await toTheEnd(checks, deployment);
  expect(findings).toHaveLength(checks.length);
  for (const finding of findings) {
    expect(finding).toMatchObject({
      state: 'not proven',
      text: expect.stringContaining('Google does not tell you whether it has '),
      fix: expect.stringContaining('roles/iam.securityReviewer'),
    });
  }
});

test.each([
  ['resource.name.startsWith("projects/_/buckets/b/objects/")', true],
  ['resource.type == "storage.googleapis.com/Object"', true],
  ['resource.type == "storage.googleapis.com/Bucket"', false],
  ['request.time < timestamp("2020-01-01T00:00:00Z")', false],
  ['nonsense(', false],
])('the condition %s holds: %s', (expression, holds) => {
  expect(holdsFor({ expression }, object)).toBe(holds);
});
