import { request as httpRequest } from 'node:http';
import type { LocalCloud } from '../../../emulator/cloud.ts';

/** What gcloud 528 sends with every request. */
const HEADERS = {
  accept: 'application/json',
  'accept-encoding': 'gzip, deflate',
  'user-agent': 'google-cloud-sdk gcloud/528.0.0 command/gcloud.test environment/None client-os/LINUX',
};

/** One call of gcloud. */
export interface GcloudCall {
  readonly body?: unknown;
  /** What is not JSON is sent as it is. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * The region that gcloud puts before the host of Cloud Run's API; the local cloud is its proxy.
   * @default none
   */
  readonly region?: string;
}

/** An answer; its body is parsed where it is JSON. */
export interface GcloudAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  // Bodies of many APIs: the tests say what they expect.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly body: any;
}

/**
 * Sends what gcloud sends, which was seen with `--log-http`, with the environment that `local env` prints: the path is
 * that of Google's host, and the whole address of the region's host where a region is given.
 */
export function gcloud(
  cloud: LocalCloud,
  method: string,
  path: string,
  call: GcloudCall = {},
): Promise<GcloudAnswer> {
  const { hostname, port } = new URL(cloud.url);
  const { body, region } = call;
  const raw = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const headers = {
    ...HEADERS,
    authorization: `Bearer ${cloud.tokenFor(cloud.owner)}`,
    'content-length': String(raw?.length ?? 0),
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...call.headers,
  };
  const target = region === undefined ? path : `http://${region}-${hostname}:${port}${path}`;
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, method, path: target, headers }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      const bytes = Buffer.concat(chunks);
      const isJson = response.headers['content-type']?.startsWith('application/json') && bytes.length > 0;
      const { statusCode: status = 0 } = response;
      resolve({ status, headers: response.headers, body: isJson ? JSON.parse(bytes.toString()) : bytes });
    });
    request.on('error', reject);
    request.end(raw);
  });
}

/** The body of an upload as gcloud writes it: lines end in LF, and the boundary stands in single quotes in the header. */
export function multipart(resource: object, contentType: string, content: Buffer): GcloudCall {
  const boundary = '===============4152538359365209304==';
  const head = `--${boundary}\nContent-Type: application/json\nMIME-Version: 1.0\n\n${JSON.stringify(resource)}\n--${boundary}\nContent-Type: ${contentType}\nMIME-Version: 1.0\nContent-Transfer-Encoding: binary\n\n`;
  return {
    headers: { 'content-type': `multipart/related; boundary='${boundary}'` },
    body: Buffer.concat([Buffer.from(head), content, Buffer.from(`\n--${boundary}--\n`)]),
  };
}

/** An etag as gcloud sends it back: base64 in its URL-safe alphabet. */
export function urlSafe(etag: string): string {
  return etag.replaceAll('+', '-').replaceAll('/', '_');
}
