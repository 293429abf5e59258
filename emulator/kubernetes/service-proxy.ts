import type { FastifyReply } from 'fastify';
import { forward } from '../run/forward.ts';
import { KubernetesError } from './errors.ts';
import type { Exchange } from './exchange.ts';

/**
 * `/api/v1/namespaces/N/services/S/proxy/…`: a request to a Pod of a Service, by way of the API server. It is how
 * `kubectl get --raw` reaches what has no address outside.
 */
export function proxyToService({
  cluster,
  namespace = '',
  name = '',
  rest = '',
  request,
  reply,
}: Exchange): FastifyReply {
  // `http:NAME:PORT`, of which a local Pod has one port only.
  const [service = ''] = name.replace(/^https?:/, '').split(':');
  const port = cluster.pods.portFor(namespace, service);
  if (port === undefined) {
    throw new KubernetesError('ServiceUnavailable', `no endpoints available for service "${service}"`);
  }
  const [, query] = (request.raw.url ?? '').split('?');
  request.raw.url = `/${rest}${query === undefined ? '' : `?${query}`}`;
  const { authorization: _, ...headers } = request.headers;
  reply.hijack();
  forward({ port, timeoutSeconds: 60, headers }, request.raw, reply.raw);
  return reply;
}
