import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import type { CloudState } from '../state.ts';
import { bucketPolicyName, bucketResource, objectResource, requireAccess } from './access.ts';
import {
  type AclEntry,
  type AclKind,
  aclEntryBody,
  aclOf,
  checkHasAcls,
  hasAcls,
  readAclEntry,
  withAcl,
} from './acl.ts';
import { checkAllowedIn } from './allowed-members.ts';
import type { Bucket } from './bucket.ts';
import type { Buckets } from './buckets.ts';
import { etagOf } from './etag.ts';
import { linkBase } from './links.ts';
import { mergePatch } from './merge-patch.ts';
import { type ObjectVersion, stateOf } from './object-version.ts';
import { integerParameter, jsonBody, parameter, pathParameter } from './parameters.ts';
import { checkWritePreconditions, preconditionsOf } from './preconditions.ts';

/** One ACL: what is in it, how it is written, and how its entries are told. */
interface Acl {
  readonly kind: AclKind;
  readonly entries: readonly AclEntry[];
  readonly write: (entries: readonly AclEntry[]) => void;
  readonly body: (entry: AclEntry) => Readonly<Record<string, unknown>>;
}

const OBJECT_ACL = 'o/:object/acl';

/**
 * ACLs of buckets, of objects, and what new objects get
 * (https://cloud.google.com/storage/docs/json_api/v1/objectAccessControls).
 */
export function addAclRoutes(app: FastifyInstance, state: CloudState, buckets: Buckets): void {
  for (const collection of ['acl', 'defaultObjectAcl', OBJECT_ACL]) {
    const url = `/storage/v1/b/:bucket/${collection}`;
    const kind = collection === 'acl' ? 'bucket' : 'object';
    const open = (request: FastifyRequest) => openAcl(state, buckets, request, collection);
    const set = (request: FastifyRequest, entry: AclEntry) => {
      const acl = open(request);
      const others = acl.entries.filter(({ entity }) => entity !== entry.entity);
      acl.write([...others, entry]);
      return acl.body(entry);
    };
    app.get(url, async (request) => {
      const acl = open(request);
      return { kind: `storage#${kind}AccessControls`, items: acl.entries.map(acl.body) };
    });
    app.post(url, async (request) => {
      const acl = open(request);
      return set(request, readAclEntry(acl.kind, jsonBody(request), state.project));
    });
    app.get(`${url}/:entity`, async (request) => {
      const acl = open(request);
      return acl.body(existing(request, acl));
    });
    app.patch(`${url}/:entity`, async (request) => {
      const acl = open(request);
      const changed = mergePatch({ ...existing(request, acl) }, jsonBody(request));
      return set(request, readAclEntry(acl.kind, changed, state.project));
    });
    app.put(`${url}/:entity`, async (request) => {
      const acl = open(request);
      const named = { ...jsonBody(request), entity: pathParameter(request, 'entity') };
      return set(request, readAclEntry(acl.kind, named, state.project));
    });
    app.delete(`${url}/:entity`, async (request, reply) => {
      const acl = open(request);
      const { entity: gone } = existing(request, acl);
      acl.write(acl.entries.filter(({ entity }) => entity !== gone));
      return reply.code(204).send();
    });
  }
}

function existing(request: FastifyRequest, { entries }: Acl): AclEntry {
  const entity = pathParameter(request, 'entity');
  const entry = entries.find((one) => one.entity === entity);
  if (entry) return entry;
  throw new GoogleApiError('NOT_FOUND', `The specified ACL entry of ${entity} does not exist.`);
}

function openAcl(state: CloudState, buckets: Buckets, request: FastifyRequest, collection: string): Acl {
  const bucket = buckets.get(pathParameter(request, 'bucket'));
  const name = pathParameter(request, 'object');
  const isOfObject = collection === OBJECT_ACL;
  const subject = isOfObject ? 'object' : 'bucket';
  const reads = request.method === 'GET';
  checkHasAcls(
    bucket.settings,
    reads
      ? `Cannot get legacy ACL for ${subject === 'object' ? 'an object' : 'a bucket'}`
      : `Cannot use ACL API to update ${subject} policy`,
  );
  const resource = isOfObject ? objectResource(bucket, name) : bucketResource(bucket);
  requireAccess(state, request, `storage.${subject}s.${reads ? 'getIamPolicy' : 'setIamPolicy'}`, resource);
  const base = `${linkBase(request)}/storage/v1/b/${bucket.name}`;
  if (isOfObject) return aclOfObject(state, buckets, bucket, existingVersion(request, bucket, name), base);
  return collection === 'acl'
    ? aclOfBucket(state, buckets, bucket, base)
    : defaultAcl(state, buckets, bucket);
}

function existingVersion(request: FastifyRequest, bucket: Bucket, name: string): ObjectVersion {
  const version = bucket.objects.find(name, integerParameter(request, 'generation'));
  if (!version) throw new GoogleApiError('NOT_FOUND', `No such object: ${bucket.name}/${name}`);
  if (request.method !== 'GET') checkWritePreconditions(preconditionsOf(request), stateOf(version));
  return version;
}

function aclOfBucket(state: CloudState, buckets: Buckets, bucket: Bucket, base: string): Acl {
  return {
    kind: 'bucket',
    entries: aclOf('bucket', state.authorizer.policy(bucketPolicyName(bucket.name)).bindings, state.project),
    write: (entries) => {
      writeAcl(state, bucket, 'bucket', bucketPolicyName(bucket.name), entries);
      buckets.touch(bucket);
    },
    body: (entry) => ({
      kind: 'storage#bucketAccessControl',
      id: `${bucket.name}/${entry.entity}`,
      selfLink: `${base}/acl/${entry.entity}`,
      bucket: bucket.name,
      ...aclEntryBody(entry, state.project),
      etag: etagOf(bucket.metageneration),
    }),
  };
}

function defaultAcl(state: CloudState, buckets: Buckets, bucket: Bucket): Acl {
  return {
    kind: 'object',
    entries: bucket.defaultObjectAcl,
    write: (entries) => {
      checkAllowedIn(bucket, { bindings: withAcl('object', [], entries, state.project) });
      buckets.touch(bucket, { defaultObjectAcl: entries });
    },
    body: (entry) => defaultEntryBody(bucket, entry, state),
  };
}

function defaultEntryBody(bucket: Bucket, entry: AclEntry, { project }: CloudState) {
  const body = aclEntryBody(entry, project);
  return { kind: 'storage#objectAccessControl', ...body, etag: etagOf(bucket.metageneration) };
}

function aclOfObject(
  state: CloudState,
  buckets: Buckets,
  bucket: Bucket,
  version: ObjectVersion,
  base: string,
): Acl {
  const { name } = objectResource(bucket, version.name);
  const path = `${base}/o/${encodeURIComponent(version.name)}`;
  return {
    kind: 'object',
    entries: aclOf('object', state.authorizer.policy(name).bindings, state.project),
    write: (entries) => {
      writeAcl(state, bucket, 'object', name, entries);
      buckets.touchObject(bucket, version);
    },
    body: (entry) => ({
      kind: 'storage#objectAccessControl',
      id: `${bucket.name}/${version.name}/${version.generation}/${entry.entity}`,
      selfLink: `${path}/acl/${entry.entity}`,
      bucket: bucket.name,
      object: version.name,
      generation: String(version.generation),
      ...aclEntryBody(entry, state.project),
      etag: etagOf(version.generation, version.metageneration),
    }),
  };
}

/**
 * Writes an ACL into a policy.
 * @param name the policy's
 * @throws GoogleApiError 412 for what public access prevention forbids
 */
export function writeAcl(
  state: CloudState,
  bucket: Bucket,
  kind: AclKind,
  name: string,
  entries: readonly AclEntry[],
): void {
  const { bindings: current } = state.authorizer.policy(name);
  const bindings = withAcl(kind, current, entries, state.project);
  checkAllowedIn(bucket, { bindings: withAcl(kind, [], entries, state.project) });
  state.authorizer.setPolicy(name, { bindings, version: 3 });
}

/** What `projection=full` adds to a bucket, for who may see it. */
export function fullBucket(state: CloudState, buckets: Buckets, request: FastifyRequest, bucket: Bucket) {
  const owner = { entity: `project-owners-${state.project.projectNumber}` };
  if (!asksForFull(request) || !hasAcls(bucket)) return {};
  const { principal } = request;
  const may = state.authorizer.decide(principal, 'storage.buckets.getIamPolicy', bucketResource(bucket));
  if (!may.granted) return {};
  const acl = aclOfBucket(state, buckets, bucket, `${linkBase(request)}/storage/v1/b/${bucket.name}`);
  const defaults = bucket.defaultObjectAcl.map((entry) => defaultEntryBody(bucket, entry, state));
  return { acl: acl.entries.map(acl.body), defaultObjectAcl: defaults, owner };
}

/** What `projection=full` adds to an object. */
export function fullObject(
  state: CloudState,
  buckets: Buckets,
  request: FastifyRequest,
  bucket: Bucket,
  version: ObjectVersion,
) {
  if (!asksForFull(request) || !hasAcls(bucket)) return {};
  const resource = objectResource(bucket, version.name);
  const { granted } = state.authorizer.decide(request.principal, 'storage.objects.getIamPolicy', resource);
  if (!granted) return {};
  const base = `${linkBase(request)}/storage/v1/b/${bucket.name}`;
  const acl = aclOfObject(state, buckets, bucket, version, base);
  return {
    acl: acl.entries.map(acl.body),
    ...(version.owner !== undefined && { owner: { entity: version.owner } }),
  };
}

/** Whoever sends an ACL is shown it without asking. */
function asksForFull(request: FastifyRequest): boolean {
  const projection = parameter(request, 'projection');
  if (projection !== undefined) return projection.toLowerCase() === 'full';
  const { acl, defaultObjectAcl } = (request.body ?? {}) as { acl?: unknown; defaultObjectAcl?: unknown };
  return acl !== undefined || defaultObjectAcl !== undefined;
}
