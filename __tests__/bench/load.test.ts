import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { load } from '../../bench/support/load/load.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener): Promise<string> {
  const listening = createServer(listener);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}/`;
}

/** Loads for longer and longer, until the machine has got as far as one answer. */
async function loadUntilAnswered(asked: Parameters<typeof load>[0], connections: number, warmUpSeconds = 0) {
  for (let seconds = 0.3; ; seconds *= 2) {
    try {
      return { seconds, ...(await load(asked, connections, seconds, warmUpSeconds)) };
    } catch (error) {
      if (!/answered nothing/.test(String(error))) throw error;
    }
  }
}

test('the load counts each answer, also those that come in pieces', async () => {
  let answers = 0;
  const url = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': 6 }).write('abc');
    setImmediate(() => {
      response.end('def');
      answers += 1;
    });
  });
  const { requestsPerSecond, p50, p99, seconds } = await loadUntilAnswered(url, 3);
  expect(requestsPerSecond).toBeGreaterThan(0);
  expect(p99).toBeGreaterThanOrEqual(p50);
  // Each of the three connections may have had an answer under way in the end; the clock is the generator's.
  expect(requestsPerSecond * seconds).toBeLessThanOrEqual(answers);
});

test('the load goes on with a server that closes the connection after each answer', async () => {
  let requests = 0;
  const url = await serve((_request, response) => {
    requests += 1;
    response.writeHead(200, { connection: 'close', 'content-length': 2 }).end('ok');
  });
  while (requests <= 2) await loadUntilAnswered(url, 2);
});

test('the load refuses an answer that is not 200', async () => {
  const url = await serve((_request, response) => response.writeHead(503, { 'content-length': 0 }).end());
  await expect(loadUntilAnswered(url, 1)).rejects.toThrow(/\d+ of the answers of .* were not 200/);
});

test('the load refuses a server that answers nothing', async () => {
  const url = await serve((request) => request.socket.destroy());
  await expect(load(url, 1, 0.3)).rejects.toThrow(`${url} answered nothing.`);
});

test('the load sends what it is given, and takes the status that is expected', async () => {
  const asked = new Set<string>();
  const url = await serve(async (request, response) => {
    asked.add(`${request.method} ${request.url} ${request.headers.authorization} ${await text(request)}`);
    response.writeHead(403, { 'content-length': 0 }).end();
  });
  const headers = { authorization: 'Bearer any' };
  const request = { url: `${url}path?query=1`, method: 'POST' as const, headers, body: 'bödy', status: 403 };
  await loadUntilAnswered(request, 2, 0.1);
  expect([...asked]).toEqual(['POST /path?query=1 Bearer any bödy']);
});
