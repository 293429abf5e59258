import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import { deployTwoServices, memberOf } from '../support/two-services.ts';

const program = (name: string): { command: [string, string] } => ({
  command: [process.execPath, fileURLToPath(new URL(`../../examples/calls/${name}.ts`, import.meta.url))],
});
const repository = 'us-central1-docker.pkg.dev/demo-project/repo';
const audience = '//run.googleapis.com/projects/demo-project/locations/us-central1/services/orders';

let cloud: LocalCloud;
let urls: Record<'orders' | 'invoices', string>;

beforeAll(async () => {
  cloud = await startLocalCloud({
    projectId: 'demo-project',
    images: {
      [`${repository}/orders`]: program('orders'),
      [`${repository}/invoices`]: program('invoices'),
    },
  });
  await deployTwoServices(cloud, ({ orders, invoices }) => {
    orders.service.grantInvoke(invoices.identity);
    invoices.service.addEnvironment({
      CALL_ORDERS_URL: orders.service.url,
      CALL_ORDERS_AUDIENCE: orders.service.audience,
    });
  });
  const response = await fetch(
    `${cloud.url}/run/apis/serving.knative.dev/v1/namespaces/demo-project/services`,
    {
      headers: { authorization: `Bearer ${cloud.tokenFor(cloud.owner)}` },
    },
  );
  const { items } = (await response.json()) as {
    items: { metadata: { name: string }; status: { url: string } }[];
  };
  urls = Object.fromEntries(items.map(({ metadata, status }) => [metadata.name, status.url])) as typeof urls;
}, 120_000);
afterAll(() => cloud?.close());

/** Asks a service as somebody. */
async function ask(url: string, member: string, tokenAudience = new URL(url).origin) {
  const token = await cloud.identityTokenFor(member, tokenAudience);
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, text: await response.text() };
}

test('the called service knows who calls: the caller as itself, and nobody else gets through', async () => {
  const { status, text } = await ask(`${urls.invoices}/invoices`, cloud.owner);
  expect(status).toBe(200);
  const email = memberOf('invoices').replace('serviceAccount:', '');
  expect(JSON.parse(text)).toEqual({ status: 200, answer: { orders: ['42'], caller: email } });
  expect((await ask(`${urls.orders}/orders`, memberOf('orders'), audience)).status).toBe(403);
  expect((await fetch(`${urls.orders}/orders`)).status).toBe(403);
});

test('a token that was made for the address, and not for the service, says nobody', async () => {
  expect(await ask(`${urls.orders}/orders`, memberOf('invoices'))).toEqual({
    status: 401,
    text: '{"error":"nobody says who is calling"}',
  });
});
