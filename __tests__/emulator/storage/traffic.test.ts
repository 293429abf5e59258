import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../../emulator/cloud.ts';
import { send } from './support.ts';

/** One request of the Terraform provider and the answer that satisfied it. */
interface Exchange {
  readonly seq: number;
  readonly api: string;
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes
  readonly body?: any;
  readonly status: number;
  readonly response?: unknown;
}

function recorded(run: string): Exchange[] {
  const file = path.join(import.meta.dirname, '../../google-provider', `traffic-${run}.jsonl`);
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Exchange).filter(({ api }) => api === 'storage');
}

/** Replays a run in its order. Etags and generations are those that the local cloud itself gave out. */
async function replay(cloud: LocalCloud, exchanges: Exchange[]): Promise<void> {
  for (const exchange of exchanges) {
    const response = await send(
      cloud,
      exchange.method,
      await currentUrl(cloud, exchange),
      await currentBody(cloud, exchange),
    );
    const text = await response.text();
    const line = `${exchange.seq} ${exchange.method} ${exchange.path}`;
    expect(`${line}: ${response.status} ${response.ok ? '' : text}`).toBe(`${line}: ${exchange.status} `);
    if (exchange.response !== undefined) expectFields(JSON.parse(text), exchange.response, line);
  }
}

/** Every recorded field is there, of the same type; lists have as many entries. */
function expectFields(actual: unknown, wanted: unknown, where: string): void {
  expect(typeof actual, where).toBe(typeof wanted);
  if (typeof wanted !== 'object' || wanted === null) return;
  if (Array.isArray(wanted)) expect(actual, where).toHaveLength(wanted.length);
  for (const [field, value] of Object.entries(wanted)) {
    expectFields((actual as Record<string, unknown>)[field], value, `${where} ${field}`);
  }
}

async function currentUrl(cloud: LocalCloud, { path: pathname, query }: Exchange): Promise<string> {
  const parameters = new URLSearchParams(query);
  if (query.generation) {
    const list = await json(send(cloud, 'GET', `${path.posix.dirname(pathname)}?versions=true`));
    parameters.set('generation', list.items[0].generation);
  }
  return `${pathname}?${parameters}`;
}

async function currentBody(cloud: LocalCloud, exchange: Exchange) {
  const contentType = exchange.headers['content-type'] ?? 'application/json';
  if (exchange.body === undefined) return { headers: contentTypeOf(exchange) };
  if (exchange.body.multipart) {
    const { metadata, mediaHeaders, mediaBase64 } = exchange.body.multipart;
    const [, boundary] = contentType.split('boundary=');
    const start = `--${boundary}\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(metadata)}\r\n--${boundary}\r\n`;
    const media = Buffer.from(mediaBase64, 'base64');
    const body = Buffer.concat([
      Buffer.from(`${start}${mediaHeaders}\r\n\r\n`),
      media,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]);
    return { headers: { 'content-type': contentType }, body };
  }
  const etag = exchange.path.endsWith('/iam') && (await json(send(cloud, 'GET', exchange.path))).etag;
  return {
    headers: contentTypeOf(exchange),
    body: JSON.stringify({ ...exchange.body, ...(etag && { etag }) }),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes
async function json(answer: Promise<Response>): Promise<any> {
  return (await answer).json();
}

function contentTypeOf({ headers }: Exchange): Record<string, string> {
  return headers['content-type'] ? { 'content-type': headers['content-type'] } : {};
}

it('answers what the Terraform provider asked in a deploy, a plan without changes, a destroy and a second deploy', async () => {
  const cloud = await startLocalCloud({ projectId: 'demo-project' });
  try {
    for (const run of ['deploy', 'noop', 'destroy', 'redeploy']) await replay(cloud, recorded(run));
  } finally {
    await cloud.close();
  }
});
