import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { localCloud } from './support.ts';

const context = localCloud({ throttlesCpu: true });
const services = '/run/apis/serving.knative.dev/v1/namespaces/demo-project/services';
const email = 'runner@demo-project.iam.gserviceaccount.com';
/** Counts as long as it has CPU, and answers with the count. */
const counter = `
  let count = 0;
  setInterval(() => { count += 1; }, 5);
  require('node:http').createServer((_, response) => response.end(String(count))).listen(process.env.PORT, '127.0.0.1');`;

async function deploy(name: string, annotations: Record<string, string>): Promise<() => Promise<number>> {
  context.cloud.images.set('r/i', { command: [process.execPath, '-e', counter] });
  await context.call('POST', '/iam/v1/projects/demo-project/serviceAccounts', {
    body: { accountId: 'runner' },
  });
  const template = {
    metadata: { annotations },
    spec: { serviceAccountName: email, containers: [{ image: 'r/i:1' }] },
  };
  const body = {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name },
    spec: { template },
  };
  await context.call('POST', services, { body });
  for (;;) {
    const { status } = (await context.call('GET', `${services}/${name}`)).body;
    if (status.conditions[0].status === 'True') {
      const token = await context.cloud.identityTokenFor(context.cloud.owner, status.url);
      const headers = { authorization: `Bearer ${token}` };
      return async () => Number(await (await fetch(status.url, { headers })).text());
    }
    await sleep(20);
  }
}

it.skipIf(process.platform === 'win32')('a service has CPU only while it answers', async () => {
  const ask = await deploy('throttled', {});
  const before = await ask();
  await sleep(500);
  // A hundred ticks went by; a few come with the requests.
  expect((await ask()) - before).toBeLessThan(40);
});

it('a service that pays for it has CPU always', async () => {
  const ask = await deploy('always', { 'run.googleapis.com/cpu-throttling': 'false' });
  const before = await ask();
  const deadline = Date.now() + 10_000;
  while ((await ask()) - before < 40 && Date.now() < deadline) await sleep(50);
  expect((await ask()) - before).toBeGreaterThan(39);
});
