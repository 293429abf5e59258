import type { FastifyInstance, FastifyReply } from 'fastify';
import { requireAllowed } from './access.ts';
import type { Cluster } from './cluster.ts';
import { detailsOf, KubernetesError } from './errors.ts';
import type { Exchange, Query } from './exchange.ts';
import { apiVersionOf } from './kinds.ts';
import type { Fields, KubernetesObject } from './objects.ts';
import type { PatchType } from './patch.ts';
import { podLog } from './pod-log.ts';
import { readProtobufObject } from './protobuf.ts';
import type { WriteOptions } from './registry.ts';
import { readResourcePath } from './resource-path.ts';
import { patchScale, scaleOf } from './scale.ts';
import { selected } from './selectors.ts';
import { proxyToService } from './service-proxy.ts';
import { tableOf } from './table.ts';
import { watch } from './watch.ts';

/** Everything below /api/v1 and /apis that names objects. */
export function addObjectRoutes(app: FastifyInstance, cluster: Cluster): void {
  app.route({
    method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    url: '/*',
    handler: async (request, reply) => {
      const path = readResourcePath(new URL(request.url, 'http://cluster').pathname);
      if (!path) {
        throw new KubernetesError('NotFound', 'the server could not find the requested resource');
      }
      const exchange = { ...path, cluster, request, reply, query: request.query as Query };
      requireAllowed(cluster.state, {
        principal: request.principal,
        url: request.url,
        verb: verbOf(exchange),
        ...path,
      });
      return answer(exchange);
    },
  });
}

function verbOf({ request, name, query }: Exchange): string {
  switch (request.method) {
    case 'GET':
      if (isWatch(query)) return 'watch';
      return name === undefined ? 'list' : 'get';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    default:
      return name === undefined ? 'deletecollection' : 'delete';
  }
}

function answer(exchange: Exchange): unknown {
  const { name, subresource, request, kind } = exchange;
  if (subresource === 'proxy' && kind.kind === 'Service') return proxyToService(exchange);
  if (subresource === 'log' && kind.kind === 'Pod') return podLog(exchange);
  if (subresource === 'scale' && kind.kind === 'Deployment') return scale(exchange);
  if (subresource !== undefined && !(subresource === 'status' && kind.hasStatus)) {
    throw new KubernetesError('NotFound', 'the server could not find the requested resource');
  }
  switch (request.method) {
    case 'GET':
      if (isWatch(exchange.query)) return watchObjects(exchange);
      return name === undefined ? list(exchange) : get(exchange);
    case 'POST':
      if (name === undefined) return create(exchange);
      break;
    case 'PUT':
      if (name !== undefined) return update(exchange);
      break;
    case 'PATCH':
      if (name !== undefined) return patch(exchange);
      break;
    case 'DELETE':
      return name === undefined ? removeAll(exchange) : remove(exchange);
  }
  throw new KubernetesError(
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
  );
}

function get(exchange: Exchange): unknown {
  return rendered(exchange, stored(exchange));
}

/** The object that the URL names. @throws KubernetesError NotFound */
function stored({ cluster, kind, namespace, name = '' }: Exchange): KubernetesObject {
  return cluster.store.get(kind, namespace, name);
}

function create(exchange: Exchange): FastifyReply {
  const { cluster, kind, namespace, request, reply } = exchange;
  const { body } = request;
  const given = Buffer.isBuffer(body) ? readProtobufObject(kind.kind, body) : body;
  const object = cluster.registry.create(kind, namespace, given, writeOptions(exchange));
  return reply.code(201).send(object);
}

function update(exchange: Exchange): KubernetesObject {
  const { cluster, kind, request } = exchange;
  return cluster.registry.update(kind, stored(exchange), request.body, writeOptions(exchange));
}

function patch(exchange: Exchange): FastifyReply {
  const { cluster, kind, namespace, name = '', request, reply, query } = exchange;
  const [type = ''] = (request.headers['content-type'] ?? '').split(';');
  const options = writeOptions(exchange);
  if (type === 'application/apply-patch+yaml') {
    if (query.fieldManager === undefined) {
      throw new KubernetesError(
        'Invalid',
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
      );
    }
    const apply = { ...options, force: query.force === 'true' };
    const { object, isNew } = cluster.registry.apply(kind, namespace, name, request.body, apply);
    return reply.code(isNew ? 201 : 200).send(object);
  }
  if (!PATCH_TYPES.includes(type)) {
    throw new KubernetesError(
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${PATCH_TYPES.join(', ')}, application/apply-patch+yaml`,
    );
  }
  return reply.send(cluster.registry.patch(kind, stored(exchange), type as PatchType, request.body, options));
}

const PATCH_TYPES: readonly string[] = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
] satisfies PatchType[];

function scale(exchange: Exchange): Fields {
  const { cluster, request } = exchange;
  const deployment = stored(exchange);
  if (request.method === 'GET') return scaleOf(deployment);
  return patchScale(cluster.registry, deployment, request.body, writeOptions(exchange));
}

function remove(exchange: Exchange): Fields {
  const { cluster, kind, request } = exchange;
  const object = stored(exchange);
  const { propagationPolicy, dryRun } = (request.body ?? {}) as Fields;
  const isDryRun = exchange.query.dryRun === 'All' || dryRun?.includes('All');
  const removed = isDryRun ? object : cluster.remove(kind, object, propagationPolicy);
  if (kind.answersWithDeleted) return removed;
  const { name, uid } = object.metadata;
  const details = { ...detailsOf(kind, name), uid };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

function removeAll(exchange: Exchange): Fields {
  const { cluster, kind } = exchange;
  const objects = listed(exchange);
  for (const object of objects) cluster.remove(kind, object);
  return listOf(exchange, objects);
}

function list(exchange: Exchange): unknown {
  const objects = listed(exchange);
  return wantsTable(exchange) ? table(exchange, objects) : listOf(exchange, objects);
}

function listed({ cluster, kind, namespace, query }: Exchange): KubernetesObject[] {
  return cluster.store.list(kind, namespace).filter(selected(query));
}

/** The items of a list do not say again what they are. */
function listOf({ cluster, kind }: Exchange, objects: readonly KubernetesObject[]): Fields {
  return {
    kind: `${kind.kind}List`,
    apiVersion: apiVersionOf(kind),
    metadata: { resourceVersion: cluster.store.resourceVersion },
    items: objects.map(({ kind: _, apiVersion: __, ...object }) => object),
  };
}

function watchObjects(exchange: Exchange): FastifyReply {
  const { cluster, kind, namespace, query, reply, name } = exchange;
  const isSelected = selected(query);
  reply.hijack();
  watch(
    cluster.store,
    {
      kind,
      namespace,
      isSelected: (object) => isSelected(object) && (name === undefined || object.metadata.name === name),
      resourceVersion: query.resourceVersion,
      sendsInitialEvents: query.sendInitialEvents === 'true',
      timeoutSeconds: Number(query.timeoutSeconds ?? 3600),
      render: (object) => rendered(exchange, object),
    },
    reply.raw,
  );
  return reply;
}

function isWatch({ watch: asked }: Query): boolean {
  return asked === 'true' || asked === '1';
}

function rendered(exchange: Exchange, object: KubernetesObject): Fields {
  return wantsTable(exchange) ? table(exchange, [object]) : object;
}

function wantsTable({ request }: Exchange): boolean {
  return (request.headers.accept ?? '').startsWith('application/json;as=Table');
}

function table({ cluster, kind }: Exchange, objects: readonly KubernetesObject[]): Fields {
  const { resourceVersion } = cluster.store;
  return tableOf(kind, objects, { now: cluster.state.now(), resourceVersion });
}

function writeOptions({ request, reply, query, subresource }: Exchange): WriteOptions {
  const [agent = 'unknown'] = (request.headers['user-agent'] ?? 'unknown').split('/');
  return {
    manager: query.fieldManager ?? agent,
    isDryRun: query.dryRun === 'All',
    subresource,
    onWarning: (message) => void reply.header('warning', `299 - ${JSON.stringify(message)}`),
  };
}
