import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { patience } from '../support/patience.ts';
import { localCloud } from './support.ts';

const context = localCloud({ throttlesCpu: true });
const services = '/run/apis/serving.knative.dev/v1/namespaces/demo-project/services';
const email = 'runner@demo-project.iam.gserviceaccount.com';
/** Counts as long as it has CPU, and answers with the count and its process. */
const counter = `
  let count = 0;
  setInterval(() => { count += 1; }, 5);
  require('node:http').createServer((_, response) => response.end(JSON.stringify({ count, pid: process.pid }))).listen(process.env.PORT, '127.0.0.1');`;

async function deploy(name: string, annotations: Record<string, string>) {
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
      return async () =>
        (await fetch(status.url, { headers })).json() as Promise<{ count: number; pid: number }>;
    }
    await sleep(20);
  }
}

it.skipIf(process.platform === 'win32')('a service has CPU only while it answers', async () => {
  const ask = await deploy('throttled', {});
  for (let request = 0; request < 3; request += 1) {
    const { pid } = await ask();
    // Stopped: https://man7.org/linux/man-pages/man1/ps.1.html#PROCESS_STATE_CODES
    await expect.poll(() => stateOf(pid), patience).toMatch(/^T/);
  }
});

it('a service that pays for it has CPU always', async () => {
  const ask = await deploy('always', { 'run.googleapis.com/cpu-throttling': 'false' });
  const { count: before } = await ask();
  await expect.poll(async () => (await ask()).count - before, patience).toBeGreaterThan(40);
});

const stateOf = (pid: number) =>
  execFileSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' });
