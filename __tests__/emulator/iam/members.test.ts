import { expect, it } from 'vitest';
import { call, grant, localCloud } from '../support.ts';

const local = localCloud({
  groups: {
    'team@example.com': ['user:ann@example.com', 'serviceAccount:bot@demo-project.iam.gserviceaccount.com'],
    'all@example.com': ['group:team@example.com', 'user:bob@other.example'],
    'circle@example.com': ['group:circle@example.com'],
  },
});
const project = '/crm/v1/projects/demo-project';

it.each([
  ['group:team@example.com', 'user:ann@example.com', 200],
  ['group:team@example.com', 'serviceAccount:bot@demo-project.iam.gserviceaccount.com', 200],
  ['group:team@example.com', 'user:bob@other.example', 403],
  ['group:all@example.com', 'user:ann@example.com', 200],
  ['group:circle@example.com', 'user:ann@example.com', 403],
  ['group:unknown@example.com', 'user:ann@example.com', 403],
  ['domain:example.com', 'user:ann@example.com', 200],
  ['domain:example.com', 'user:ann@sub.example.com', 403],
  [
    'domain:demo-project.iam.gserviceaccount.com',
    'serviceAccount:bot@demo-project.iam.gserviceaccount.com',
    403,
  ],
])('%s answers %s with %i', async (member, as, status) => {
  const { body: before } = await call(local.cloud, 'POST', `${project}:getIamPolicy`, { body: {} });
  await grant(local.cloud, project, 'roles/browser', member);
  expect((await local.call('GET', project, { as })).status).toBe(status);
  const { etag: _etag, ...policy } = before;
  await local.call('POST', `${project}:setIamPolicy`, { body: { policy } });
});
