import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { type ServiceProxy, startProxy } from '../../../cli/local/start/proxy.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

async function listen(server: Server, port = 0): Promise<string> {
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port }, resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function proxyTo(target: string, preferredPort = 0): Promise<ServiceProxy> {
  const proxy = await startProxy({ target, identityToken: async () => 'identity-token', preferredPort });
  closers.push(() => proxy.close());
  return proxy;
}

async function proxyOf(listener: RequestListener) {
  const target = await listen(createServer(listener));
  return { target, proxy: await proxyTo(target) };
}

/** A request with exactly these headers, as fetch does not send them. */
async function send(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: Readable },
) {
  const outgoing = request(url, {
    method: options.method ?? 'GET',
    headers: options.headers ?? {},
    agent: false,
  });
  const response = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  if (options.body) options.body.pipe(outgoing);
  else outgoing.end();
  const [answer] = await response;
  return { status: answer.statusCode, headers: answer.headers, text: await text(answer) };
}

test('puts the identity token on the request and gives the service its own host', async () => {
  const { target, proxy } = await proxyOf((incoming, outgoing) => {
    outgoing
      .setHeader('x-custom', 'kept')
      .writeHead(418)
      .end(JSON.stringify([incoming.url, incoming.headers]));
  });
  const answer = await send(`${proxy.url}/a?b=c%20d`, {
    headers: {
      authorization: 'Bearer of-the-caller',
      'x-own': '1',
      connection: 'x-hop',
      'x-hop': '1',
      te: 'trailers',
    },
  });
  const [url, headers] = JSON.parse(answer.text);
  expect(answer).toMatchObject({ status: 418, headers: { 'x-custom': 'kept' } });
  expect(url).toBe('/a?b=c%20d');
  expect(headers).toMatchObject({
    authorization: 'Bearer identity-token',
    host: new URL(target).host,
    'x-own': '1',
  });
  expect(Object.keys(headers)).not.toContain('x-hop');
  expect(Object.keys(headers)).not.toContain('te');
});

test.each(['POST', 'PUT', 'DELETE', 'GET'])('carries a body of unknown length with %s', async (method) => {
  const { proxy } = await proxyOf(async (incoming, outgoing) => {
    const body = await buffer(incoming);
    outgoing.end(JSON.stringify([incoming.method, body.length]));
  });
  const chunks = Array.from({ length: 40 }, () => Buffer.alloc(65_536, 'x'));
  const answer = await send(proxy.url, {
    method,
    headers: { 'transfer-encoding': 'chunked' },
    body: Readable.from(chunks),
  });
  expect(JSON.parse(answer.text)).toEqual([method, 40 * 65_536]);
});

test('streams: the first part of an answer arrives while the rest is not yet written', async () => {
  let finish = () => {};
  const { proxy } = await proxyOf((_, outgoing) => {
    outgoing.write('first ');
    finish = () => outgoing.end('second');
  });
  const response = await fetch(proxy.url);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('first ');
  finish();
  expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('second');
  expect((await reader.read()).done).toBe(true);
});

test('several cookies stay several', async () => {
  const { proxy } = await proxyOf((_, outgoing) => outgoing.setHeader('set-cookie', ['a=1', 'b=2']).end());
  expect((await fetch(proxy.url)).headers.getSetCookie()).toEqual(['a=1', 'b=2']);
});

test('a caller that leaves ends the request to the service', async () => {
  const { promise: left, resolve } = Promise.withResolvers<void>();
  const { proxy } = await proxyOf((_, outgoing) => {
    outgoing.on('close', resolve);
    outgoing.write('first');
  });
  const controller = new AbortController();
  await fetch(proxy.url, { signal: controller.signal });
  controller.abort();
  await left;
});

test.each([
  'evil.example',
  'evil.example:80',
  '127.0.0.1.evil.example',
  'localhost.evil.example',
  '10.0.0.1',
])('refuses the foreign host "%s"', async (host) => {
  let reached = false;
  const { proxy } = await proxyOf((_, outgoing) => {
    reached = true;
    outgoing.end();
  });
  expect((await send(proxy.url, { headers: { host } })).status).toBe(421);
  expect(reached).toBe(false);
});

test.each(['localhost', 'LOCALHOST:1234', '127.0.0.1:8080', '[::1]:8080'])(
  'accepts the host %s',
  async (host) => {
    const { proxy } = await proxyOf((_, outgoing) => outgoing.end('yes'));
    expect(await send(proxy.url, { headers: { host } })).toMatchObject({ status: 200, text: 'yes' });
  },
);

test('answers 502 when the service is gone, and goes on', async () => {
  const gone = createServer();
  const target = await listen(gone);
  await new Promise((resolve) => gone.close(resolve));
  const proxy = await proxyTo(target);
  for (let attempt = 0; attempt < 2; attempt++) expect((await fetch(proxy.url)).status).toBe(502);
});

test('an answer that breaks off breaks off for the caller too', async () => {
  const { proxy } = await proxyOf((_, outgoing) => {
    outgoing.writeHead(200, { 'content-length': '100' });
    outgoing.write('half', () => outgoing.destroy());
  });
  await expect(fetch(proxy.url).then((response) => response.text())).rejects.toThrow();
});

test('takes another port when the preferred one is taken', async () => {
  const target = await listen(createServer((_, outgoing) => outgoing.end('yes')));
  const taken = Number(new URL(target).port);
  const proxy = await proxyTo(target, taken);
  expect(proxy.port).not.toBe(taken);
  expect(await (await fetch(proxy.url)).text()).toBe('yes');
});
