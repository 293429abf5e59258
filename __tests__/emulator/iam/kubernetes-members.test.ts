import { expect, it } from 'vitest';
import { kubernetesPrincipal } from '../../../emulator/iam/principal.ts';
import { grant, localCloud } from '../support.ts';

const context = localCloud();
const project = '/crm/v1/projects/demo-project';
const pool =
  'iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/demo-project.svc.id.goog';

/** What the Kubernetes service account app in the namespace of a test may do with the project. */
async function read(namespace: string) {
  const numbered = { projectId: 'demo-project', projectNumber: '123456789012' };
  const as = kubernetesPrincipal(numbered, namespace, 'app');
  return (await context.call('GET', project, { as })).status;
}

it.each([
  ['its principal', 'a', `principal://${pool}/subject/ns/a/sa/app`],
  ['its older name', 'b', 'serviceAccount:demo-project.svc.id.goog[b/app]'],
  ['its namespace', 'c', `principalSet://${pool}/namespace/c`],
])('a Kubernetes service account is granted by %s', async (_, namespace, member) => {
  expect(await read(namespace)).toBe(403);
  expect((await grant(context.cloud, project, 'roles/browser', member)).status).toBe(200);
  expect(await read(namespace)).toBe(200);
});

it.each([
  ['another account', 'serviceAccount:demo-project.svc.id.goog[d/other]'],
  ['another namespace', `principal://${pool}/subject/ns/e/sa/app`],
  ["another project's pool", 'serviceAccount:other-project.svc.id.goog[d/app]'],
])('a grant to %s is none', async (_, member) => {
  expect((await grant(context.cloud, project, 'roles/browser', member)).status).toBe(200);
  expect(await read('d')).toBe(403);
});

it('a whole pool is everybody in it', async () => {
  await grant(context.cloud, project, 'roles/browser', `principalSet://${pool}/*`);
  expect(await read('z')).toBe(200);
});
