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
const member = 'serviceAccount:id@p.iam.gserviceaccount.com';
let server: Server;
let answer: object;
let environment: Record<string, string>;

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
const policyName = '//storage.googleapis.com/projects/_/buckets/b';

// What only a stand-in can answer: Google knows of policies, groups and tags that no local cloud has.
beforeAll(async () => {
  server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  environment = { CLOUDSDK_API_ENDPOINT_OVERRIDES_POLICYTROUBLESHOOTER: url() };
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** An answer of version 3. */
function answered(
  overall: string,
  allow: string,
  binding: object | undefined = undefined,
  rest: object = { denyPolicyExplanation: { denyAccessState: 'DENY_ACCESS_STATE_NOT_DENIED' } },
): object {
  const state = { allowAccessState: `ALLOW_ACCESS_STATE_${allow}` };
  const explained = { ...state, fullResourceName: policyName, bindingExplanations: binding ? [binding] : [] };
  return {
    overallAccessState: overall,
    allowPolicyExplanation: { ...state, explainedPolicies: [explained] },
    ...rest,
  };
}

function binding(state: string, membership = 'MEMBERSHIP_MATCHED', more: object = {}): object {
  return {
    allowAccessState: `ALLOW_ACCESS_STATE_${state}`,
    role: 'roles/storage.objectViewer',
    rolePermission: 'ROLE_PERMISSION_INCLUDED',
    combinedMembership: { membership },
    memberships: { [member]: { membership } },
    ...more,
  };
}

const tagged = { condition: { expression: 'resource.matchTag("1/env", "prod")' } };
const group = { memberships: { 'group:all@example.com': { membership: 'MEMBERSHIP_UNKNOWN_INFO' } } };
const denied = { denyPolicyExplanation: { denyAccessState: 'DENY_ACCESS_STATE_DENIED' } };
const denialUnknown = { denyPolicyExplanation: { denyAccessState: 'DENY_ACCESS_STATE_UNKNOWN_INFO' } };
const boundaryUnknown = {
  denyPolicyExplanation: { denyAccessState: 'DENY_ACCESS_STATE_NOT_DENIED' },
  pabPolicyExplanation: { principalAccessBoundaryAccessState: 'PAB_ACCESS_STATE_UNKNOWN_INFO' },
};

test.each<[string, object, boolean | undefined, RegExp?]>([
  ['a grant', answered('CAN_ACCESS', 'GRANTED', binding('GRANTED')), true],
  ['no grant', answered('CANNOT_ACCESS', 'NOT_GRANTED'), false],
  ['a condition that does not hold', answered('CANNOT_ACCESS', 'NOT_GRANTED', binding('NOT_GRANTED')), false],
  ['a denial', answered('CANNOT_ACCESS', 'GRANTED', binding('GRANTED'), denied), false],
  ['a denial, the rest unknown', answered('CANNOT_ACCESS', 'UNKNOWN_INFO', undefined, denied), false],
  [
    'deny policies that may not be seen',
    answered('UNKNOWN_INFO', 'GRANTED', binding('GRANTED'), denialUnknown),
    undefined,
    /the deny policies/,
  ],
  [
    'no word of deny policies',
    answered('CAN_ACCESS', 'GRANTED', binding('GRANTED'), {}),
    undefined,
    /the deny policies/,
  ],
  [
    'boundary policies that may not be seen',
    answered('CAN_ACCESS', 'GRANTED', binding('GRANTED'), boundaryUnknown),
    undefined,
    /the principal access boundary policies/,
  ],
  [
    'no grant, deny policies unknown',
    answered('CANNOT_ACCESS', 'NOT_GRANTED', undefined, denialUnknown),
    false,
  ],
  [
    'a policy that may not be seen',
    answered('UNKNOWN_INFO', 'UNKNOWN_INFO'),
    undefined,
    /the policy of \/\/storage\.googleapis/,
  ],
  [
    'a group that may not be seen',
    answered('UNKNOWN_INFO', 'UNKNOWN_INFO', binding('UNKNOWN_INFO', 'MEMBERSHIP_UNKNOWN_INFO', group)),
    undefined,
    /who is in group:all@example\.com/,
  ],
  [
    'a tag, which Google takes for missing',
    answered('CANNOT_ACCESS', 'NOT_GRANTED', binding('NOT_GRANTED', 'MEMBERSHIP_MATCHED', tagged)),
    undefined,
    /whether the tags fit/,
  ],
  [
    'a part that is unknown below a whole that is not',
    answered('CANNOT_ACCESS', 'NOT_GRANTED', binding('UNKNOWN_CONDITIONAL')),
    undefined,
    /whether the condition of roles\/storage\.objectViewer/,
  ],
  ['nothing at all', {}, undefined, /every policy above/],
])('Google answers %s', async (_name, whole, isGranted, words) => {
  answer = whole;
  const clients = await googleClients({ accessToken: 'any' });
  const declared = { projectId: 'p', identity: 'id@p.iam.gserviceaccount.com' };
  const access = await accessOf(
    { clients, declared, environment } as Deployment,
    'storage.objects.get',
    object,
  );
  expect(access.isGranted).toBe(isGranted);
  if (words) expect(access.open.join()).toMatch(words);
  else expect(access.open).toEqual([]);
});

test('what Google does not tell is not proven, neither as a grant nor as a lack', async () => {
  // As whoever may not see the folder's and the organization's policies is answered.
  const hidden = { allowAccessState: 'ALLOW_ACCESS_STATE_UNKNOWN_INFO', fullResourceName: '' };
  answer = {
    overallAccessState: 'UNKNOWN_INFO',
    allowPolicyExplanation: {
      allowAccessState: 'ALLOW_ACCESS_STATE_UNKNOWN_INFO',
      explainedPolicies: [
        { allowAccessState: 'ALLOW_ACCESS_STATE_NOT_GRANTED', fullResourceName: object },
        hidden,
      ],
    },
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
      text: expect.stringContaining('the policy of a folder or the organization'),
      fix: 'gcloud projects get-ancestors-iam-policy p --include-deny --format=yaml',
    });
  }
});

test.each([
  ['//storage.googleapis.com/projects/_/buckets/b', 'storage.googleapis.com/Bucket'],
  [object, 'storage.googleapis.com/Object'],
  ['//cloudkms.googleapis.com/projects/p/locations/l/keyRings/r', 'cloudkms.googleapis.com/KeyRing'],
  [
    '//cloudkms.googleapis.com/projects/p/locations/l/keyRings/r/cryptoKeys/k',
    'cloudkms.googleapis.com/CryptoKey',
  ],
  ['//run.googleapis.com/projects/p/locations/l/services/s', 'run.googleapis.com/Service'],
  ['//iam.googleapis.com/projects/p/serviceAccounts/a', 'iam.googleapis.com/ServiceAccount'],
  ['//cloudresourcemanager.googleapis.com/projects/p', 'cloudresourcemanager.googleapis.com/Project'],
])('the type of %s is %s', (name, type) => {
  expect(holdsFor({ expression: `resource.type == "${type}"` }, name)).toBe(true);
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
