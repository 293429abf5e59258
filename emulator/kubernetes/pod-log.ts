import type { FastifyReply } from 'fastify';
import type { Exchange } from './exchange.ts';

/** `kubectl logs`: the lines of a Pod's container so far, and with `follow` those that come. */
export function podLog({ cluster, namespace, name = '', query, kind, reply }: Exchange): FastifyReply {
  cluster.store.get(kind, namespace, name);
  const log = cluster.pods.logOf(namespace ?? '', name);
  const tail = query.tailLines === undefined ? log.lines.length : Number(query.tailLines);
  const text = log.lines
    .slice(Math.max(0, log.lines.length - tail))
    .map((line) => `${line}\n`)
    .join('');
  if (query.follow !== 'true') return reply.type('text/plain').send(text);
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'text/plain' });
  reply.raw.write(text);
  const end = log.follow((line) => {
    if (line === undefined) reply.raw.end();
    else reply.raw.write(`${line}\n`);
  });
  reply.raw.once('close', end);
  return reply;
}
