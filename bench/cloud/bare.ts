import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * The bare limit: Node's own HTTP server, which answers every GET and every POST with bytes that are ready, and reads
 * what is sent to it. `node bench/cloud/bare.ts JSON`; prints its address.
 */
export interface BareAnswers {
  readonly GET: BareAnswer;
  readonly POST: BareAnswer;
}

/** An answer as it was seen. */
export interface BareAnswer {
  readonly headers: Readonly<Record<string, string>>;
  /** In base64. */
  readonly body: string;
}

if (import.meta.main) {
  const answers = JSON.parse(process.argv[2] ?? '') as BareAnswers;
  const bodies = {
    GET: Buffer.from(answers.GET.body, 'base64'),
    POST: Buffer.from(answers.POST.body, 'base64'),
  };
  const server = createServer((request, response) => {
    const method = request.method === 'POST' ? 'POST' : 'GET';
    request.resume().on('end', () => {
      response.writeHead(200, answers[method].headers).end(bodies[method]);
    });
  });
  server.listen(0, '127.0.0.1', () => {
    console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
  });
}
