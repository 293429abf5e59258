import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Faults, FaultyRequest } from '../faults.ts';
import { STATUS_CODES } from '../http/node-http.ts';
import { type Answer, answerWith, type ChangedAnswer } from './answer.ts';
import { changeChecksums, flipBit, otherChecksum } from './damage.ts';
import type { FaultEffect } from './effects.ts';
import { refusalAnswer } from './refusals.ts';

/** How a server knows its requests. */
export interface FaultySite {
  /** The address under which the local cloud knows what a client asked for. */
  readonly canonicalUrl: (url: string) => string;
  /** Who asks, by the bearer token. */
  readonly memberOf: (token: string | undefined) => string | undefined;
}

type Exchange = Parameters<RequestListener>;

/**
 * Lets a server's requests suffer the faults. It stands before the server's own listener, on the bare connection, so
 * whatever the server does is the same with faults and without. The paths below `/local/` are never hit.
 */
export function injectFaults(server: Server, faults: Faults, site: FaultySite): void {
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', async (request, response) => {
    const asked = faults.areNone ? undefined : faultyRequest(request, site);
    const effect = asked && effectOn(asked, faults);
    // What a fault does wrong is the end of its request, and of nothing else.
    const goesOn =
      effect === undefined ||
      (await suffer(effect, asked?.path ?? '', [request, response]).catch(() => broken(response)));
    if (!goesOn) return;
    for (const listener of listeners) listener(request, response);
  });
}

function broken(response: Exchange[1]): false {
  response.destroy();
  return false;
}

function effectOn(asked: FaultyRequest, faults: Faults): FaultEffect | undefined {
  return asked.path.startsWith('/local/') ? undefined : faults.effectOn(asked);
}

function faultyRequest(request: IncomingMessage, site: FaultySite): FaultyRequest {
  const [path = '/', query = ''] = site.canonicalUrl(request.url ?? '/').split('?');
  const token = /^bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  return { method: request.method ?? 'GET', path, query, token, member: site.memberOf(token) };
}

/** @returns whether the request is to be carried out all the same */
async function suffer(effect: FaultEffect, path: string, exchange: Exchange): Promise<boolean> {
  const [request, response] = exchange;
  switch (effect.kind) {
    case 'status':
      refuse(exchange, effect.status, effect);
      return false;
    case 'refusal': {
      const { status, type, body } = refusalAnswer(effect.refusal, path);
      request.resume();
      response.writeHead(status, { 'content-type': type }).end(body);
      return false;
    }
    case 'expiredToken':
      refuse(exchange, 401, { message: 'Request had invalid authentication credentials.' });
      return false;
    case 'reset':
      request.socket.resetAndDestroy();
      return false;
    case 'silence':
      request.resume();
      return false;
    case 'latency':
      await delay(effect.milliseconds);
      return true;
    default:
      if (effect.kind === 'flippedBit' && effect.of === 'request') damageRequest(request);
      else answerWith(response, (answer) => change(answer, effect));
      return true;
  }
}

function change(answer: Answer, effect: FaultEffect): ChangedAnswer {
  const { body, headers } = answer;
  switch (effect.kind) {
    case 'flippedBit':
      return { headers, pieces: [flipBit(body)] };
    case 'wrongChecksum':
      return {
        headers: { ...headers, ...wrongHash(headers) },
        pieces: [headers['content-type']?.includes('json') ? changeChecksums(body) : body],
      };
    case 'truncatedBody':
      return {
        headers: { ...headers, 'content-length': String(body.length) },
        pieces: [body.subarray(0, body.length / 2)],
        isCutOff: true,
      };
    case 'slowBody':
      return { headers, pieces: inPieces(body, 10), pauseMilliseconds: effect.milliseconds / 10 };
    default:
      return { headers, pieces: [body] };
  }
}

const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  412: 'FAILED_PRECONDITION',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
};

function refuse(
  [request, response]: Exchange,
  status: number,
  { message = STATUS_CODES[status] ?? 'Error', body }: { readonly message?: string; readonly body?: unknown },
): void {
  request.resume();
  const error = {
    code: status,
    message,
    status: STATUS_NAMES[status] ?? 'INTERNAL',
    errors: [{ message, domain: 'global' }],
  };
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body ?? { error }));
}

/** Node's parser pushes the body in pieces, and null at its end; what is read is pushed as a whole. */
function damageRequest(request: IncomingMessage): void {
  const push = request.push.bind(request);
  const pieces: Buffer[] = [];
  request.push = (piece: Buffer | null) => {
    if (piece !== null) {
      pieces.push(piece);
      return true;
    }
    if (pieces.length > 0) push(flipBit(Buffer.concat(pieces)));
    return push(null);
  };
}

function wrongHash(headers: Readonly<Record<string, string>>): Record<string, string> {
  const hash = headers['x-goog-hash'];
  return hash === undefined ? {} : { 'x-goog-hash': otherChecksum(hash) };
}

function inPieces(body: Buffer, count: number): Buffer[] {
  const size = Math.max(1, Math.ceil(body.length / count));
  return Array.from({ length: Math.ceil(body.length / size) }, (_, index) =>
    body.subarray(index * size, (index + 1) * size),
  );
}
