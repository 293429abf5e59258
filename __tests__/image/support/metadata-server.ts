import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A metadata server that hands out a token and names an address for Google's APIs. */
export async function startMetadataServer(endpoint: string): Promise<{ host: string; close: () => void }> {
  const server = createServer(({ url = '' }, response) => {
    response.setHeader('Metadata-Flavor', 'Google');
    if (url.endsWith('/api-endpoint')) return response.end(endpoint);
    if (!url.includes('/token')) return response.end('someone@example.iam.gserviceaccount.com');
    response.setHeader('Content-Type', 'application/json');
    response.end('{"access_token": "x", "expires_in": 3599, "token_type": "Bearer"}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { host: `127.0.0.1:${port}`, close: () => server.close() };
}
