import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What a damaging wire may do to a body, as text; `path` is the request's. */
export type Damage = (path: string, body: Buffer) => Buffer;

/** A wire in front of a local cloud that damages what passes. */
export interface Wire {
  readonly url: string;
  close(): Promise<void>;
}

/** Forwards every request to `target` and damages bodies on the way there or back. */
export async function damagingWire(
  target: string,
  damage: { readonly request?: Damage; readonly response?: Damage },
): Promise<Wire> {
  const server = createServer(async (request, response) => {
    const path = request.url ?? '/';
    const body = await buffer(request);
    const answer = await fetch(target + path, {
      method: request.method ?? 'GET',
      headers: passedOn(Object.entries(request.headers), requestHeaders),
      ...(body.length > 0 && { body: new Uint8Array(damage.request?.(path, body) ?? body) }),
    });
    const received = Buffer.from(await answer.arrayBuffer());
    response
      .writeHead(answer.status, passedOn([...answer.headers], responseHeaders))
      .end(damage.response?.(path, received) ?? received);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

// Not those that say how long a body is: the damage may be that it is shorter.
const requestHeaders = /^(?:authorization|content-type|if-none-match)$/;
const responseHeaders = /^(?:content-type|etag|x-goog-.*)$/;

function passedOn(headers: readonly (readonly [string, unknown])[], names: RegExp): Record<string, string> {
  return Object.fromEntries(
    headers.filter(([name]) => names.test(name)).map(([name, value]) => [name, String(value)]),
  );
}

/** Replaces a field of a JSON body; undefined removes it. */
export function withField(
  body: Buffer,
  field: string,
  change: (value: string) => string | undefined,
): Buffer {
  const json = JSON.parse(body.toString());
  return Buffer.from(JSON.stringify({ ...json, [field]: change(json[field]) }));
}

/** Base64 of the same bytes with the last bit of the last one flipped. */
export function flipLastBit(base64: string): string {
  return flippedLastBit(Buffer.from(base64, 'base64')).toString('base64');
}

/** The same bytes with the last bit of the last one flipped. */
export function flippedLastBit(bytes: Buffer): Buffer {
  const altered = Buffer.from(bytes);
  altered.writeUInt8(altered.readUInt8(altered.length - 1) ^ 1, altered.length - 1);
  return altered;
}
