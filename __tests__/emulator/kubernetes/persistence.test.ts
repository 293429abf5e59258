import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../../emulator/cloud.ts';
import { patience } from '../../support/patience.ts';

const container =
  "require('node:http').createServer((_, response) => response.end()).listen(process.env.PORT, '127.0.0.1')";
const deployments = '/apis/apps/v1/namespaces/orders/deployments';
const labels = { app: 'web' };
const web = {
  metadata: { name: 'web' },
  spec: {
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'example.com/web:1' }] } },
  },
};

it('what is in the cluster survives a restart, and its Pods run again', async () => {
  const dataDirectory = mkdtempSync(path.join(tmpdir(), 'cluster-'));
  const images = { '*': { command: [process.execPath, '-e', container] as const } };
  const start = () => startLocalCloud({ projectId: 'demo-project', dataDirectory, images });
  try {
    const first = await start();
    await send(first, '/api/v1/namespaces', { metadata: { name: 'orders' } });
    const { metadata } = await send(first, deployments, web);
    await first.close();
    const second = await start();
    try {
      expect((await send(second, `${deployments}/web`)).metadata.uid).toBe(metadata.uid);
      await expect
        .poll(async () => (await send(second, `${deployments}/web`)).status.readyReplicas, patience)
        .toBe(1);
    } finally {
      await second.close();
    }
  } finally {
    rmSync(dataDirectory, { recursive: true, force: true });
  }
});

async function send(cloud: LocalCloud, url: string, body?: object) {
  const response = await fetch((await cloud.kubernetesUrl()) + url, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${cloud.tokenFor(cloud.owner)}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  expect(response.status).toBe(body ? 201 : 200);
  return (await response.json()) as { metadata: { uid: string }; status: { readyReplicas?: number } };
}
