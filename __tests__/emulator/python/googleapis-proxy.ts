import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** What a proxy shows its clients for https://…googleapis.com; PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** An HTTPS proxy that answers for Google's hosts. */
export interface GoogleapisProxy {
  readonly url: string;
  close(): void;
}

/**
 * An HTTPS proxy behind which every host is the local cloud: what a client means for https://storage.googleapis.com
 * gets there unchanged, token and all. For clients that have no setting for Google's address but, like all, one for a
 * proxy and one for the certificates to trust.
 * @param cloudUrl address of the local cloud
 */
export async function startGoogleapisProxy(
  cloudUrl: string,
  certificate: Certificate,
): Promise<GoogleapisProxy> {
  const google = createTlsServer(certificate, (request, response) => forward(cloudUrl, request, response));
  const sockets = new Set<Socket>();
  const proxy = createServer((_request, response) => response.writeHead(405).end());
  proxy.on('connect', (_request: IncomingMessage, socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    google.emit('connection', socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    close: () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
  };
}

function forward(cloudUrl: string, request: IncomingMessage, response: ServerResponse): void {
  const { method, url = '/', headers } = request;
  const onward = httpRequest(new URL(url, cloudUrl), { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', (error) => response.destroy(error));
  request.pipe(onward);
}
