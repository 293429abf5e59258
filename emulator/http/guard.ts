import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { isIP } from 'node:net';

/** Names of this machine, and of Google's hosts for clients that take the local cloud for their proxy. */
const OWN_NAMES =
  /^(localhost|.+\.localhost|host\.docker\.internal|metadata|.+\.google\.internal|.+\.googleapis\.com)$/;

/** What gcloud makes of the local cloud's address: the region comes first. No name in the DNS looks like that. */
const REGIONAL_ADDRESS = /^[a-z0-9-]+-\d+\.\d+\.\d+\.\d+$/;

/**
 * Keeps web pages out: every listener of the local cloud stands behind it. A page that has made a name of its own lead
 * here (DNS rebinding) gives itself away by the Host header, one that sends requests across sites by Origin or
 * Sec-Fetch-Site, which no page can set. What is served at a loopback address itself, such as the developer's own page,
 * may ask.
 * @param navigable whether a link may lead here, as to a page that a service serves
 */
export function guard(server: Server, { navigable = false }: { readonly navigable?: boolean } = {}): void {
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    const refusal = refusalOf(request, navigable);
    if (refusal === undefined) {
      for (const listener of listeners) listener(request, response);
      return;
    }
    request.resume();
    response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(`The local cloud answers no web pages: ${refusal}.\n`);
  });
}

/** Why a request may be a web page's; undefined if it is none. */
function refusalOf({ headers, method, url = '' }: IncomingMessage, navigable: boolean): string | undefined {
  // Sent to a proxy, the address itself says which host is meant.
  const [, asked = headers.host ?? ''] = /^https?:\/\/([^/?]*)/i.exec(url) ?? [];
  const host = hostnameOf(asked);
  if (host !== '' && !isOwn(host)) return `its Host is ${JSON.stringify(asked)}`;
  const { origin } = headers;
  if (origin !== undefined)
    return isLoopbackOrigin(origin) ? undefined : `its Origin is ${JSON.stringify(origin)}`;
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'none' || site === 'same-origin') return undefined;
  const isLink = navigable && method === 'GET' && headers['sec-fetch-mode'] === 'navigate';
  return isLink ? undefined : `its Sec-Fetch-Site is ${JSON.stringify(site)}`;
}

function isOwn(host: string): boolean {
  // An address is no name, so nobody can have made it lead somewhere else.
  return isIP(host) !== 0 || OWN_NAMES.test(host) || REGIONAL_ADDRESS.test(host);
}

function isLoopbackOrigin(origin: string): boolean {
  const host = hostnameOf(/^https?:\/\/(.+)$/i.exec(origin)?.[1] ?? '');
  return (
    /^(127(\.\d+){3}|::1|localhost|.+\.localhost)$/.test(host) &&
    (isIP(host) !== 0 || /localhost$/.test(host))
  );
}

/** The name of `NAME:PORT` or `[ADDRESS]:PORT`, in lower case. */
function hostnameOf(authority: string): string {
  return authority
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
}
