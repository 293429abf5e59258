import { randomBytes } from 'node:crypto';
import { allocatedSpec, initialStatus, withDefaults } from './defaults.ts';
import { detailsOf, invalid, KubernetesError, notFound, resourceName } from './errors.ts';
import { apiVersionOf, type Kind, kindNamed } from './kinds.ts';
import { afterUpdate } from './managed-fields.ts';
import { type Fields, isFields, type KubernetesObject, withoutNulls } from './objects.ts';
import { type PatchType, patched } from './patch.ts';
import { ENFORCE_LABEL, type SecurityLevel, violationMessage, WARN_LABEL } from './pod-security.ts';
import { serverSideApply } from './server-side-apply.ts';
import type { Store } from './store.ts';
import { problemsOf } from './validation.ts';

/** Who writes an object. */
export interface WriteOptions {
  readonly manager: string;
  readonly subresource?: string | undefined;
  /** Whether it is only shown what would be stored. @default false */
  readonly isDryRun?: boolean | undefined;
  /** Is told what a client should know although nothing is refused. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Of server-side apply also whether others' fields are taken over. */
export type ApplyOptions = WriteOptions & { readonly force: boolean };

/** What writing an object means: defaults, checks, admission, and whose fields are whose. */
export class Registry {
  readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  /** @throws KubernetesError AlreadyExists, Invalid, Forbidden, NotFound (of the namespace) */
  create(kind: Kind, namespace: string | undefined, body: unknown, options: WriteOptions): KubernetesObject {
    const given = this.#read(kind, namespace, body);
    const { status: _, ...rest } = given;
    const complete = withDefaults(kind.kind, withName(rest));
    this.#check(kind, complete, undefined, options);
    const time = this.store.timestamp();
    const managedFields = afterUpdate(kind, undefined, complete, { ...options, time });
    const metadata = { ...complete.metadata, ...(managedFields.length > 0 && { managedFields }) };
    return this.#added(kind, { ...complete, metadata }, options);
  }

  /** Replaces an object with what a client sent. @throws KubernetesError as create does, and Conflict */
  update(kind: Kind, before: KubernetesObject, body: unknown, options: WriteOptions): KubernetesObject {
    return this.#replace(kind, before, this.#read(kind, before.metadata.namespace, body), options);
  }

  /** Changes an object by a patch. @throws KubernetesError as update does, and BadRequest for what is no patch */
  patch(
    kind: Kind,
    before: KubernetesObject,
    type: PatchType,
    patch: unknown,
    options: WriteOptions,
  ): KubernetesObject {
    const after = withoutNulls(patched(before, type, patch));
    return this.#replace(kind, before, { ...after, metadata: after.metadata ?? {} }, options);
  }

  /** Server-side apply: makes the object where there is none. @throws KubernetesError as update does */
  apply(
    kind: Kind,
    namespace: string | undefined,
    name: string,
    body: unknown,
    options: ApplyOptions,
  ): { object: KubernetesObject; isNew: boolean } {
    const config = this.#read(kind, namespace, body);
    const live = this.store.find(kind, namespace, name);
    const time = this.store.timestamp();
    const applied = serverSideApply(kind, live, config, { ...options, time });
    if (live) return { object: this.#replace(kind, live, applied, options, true), isNew: false };
    const complete = withDefaults(kind.kind, applied);
    this.#check(kind, complete, undefined, options);
    return { object: this.#added(kind, complete, options), isNew: true };
  }

  /** Sets what a controller has seen. Nothing is checked. */
  setStatus(kind: Kind, before: KubernetesObject, status: Fields): KubernetesObject {
    const after = { ...before, status };
    const writer = { manager: CONTROLLER, subresource: 'status', time: this.store.timestamp() };
    const managedFields = afterUpdate(kind, before, after, writer);
    return this.store.replace(kind, before, { ...after, metadata: { ...after.metadata, managedFields } });
  }

  #added(kind: Kind, object: Fields, { isDryRun }: WriteOptions): KubernetesObject {
    const spec = allocatedSpec(kind.kind, object.spec);
    const status = kind.hasStatus ? { status: initialStatus(kind.kind) } : {};
    return this.store.add(kind, { ...object, ...(spec && { spec }), ...status }, isDryRun);
  }

  #replace(
    kind: Kind,
    before: KubernetesObject,
    sent: Fields,
    options: WriteOptions,
    isApplied = false,
  ): KubernetesObject {
    const { metadata } = before;
    checkVersion(kind, before, sent);
    const isStatus = options.subresource === 'status';
    const kept = isStatus ? { ...before, status: sent.status } : withStatusOf(kind, before, sent);
    const spec = allocatedSpec(kind.kind, kept.spec, before.spec);
    const complete = withDefaults(kind.kind, { ...kept, ...(spec && { spec }) });
    const after = { ...complete, metadata: ownedMetadata(complete.metadata, metadata) };
    if (!isStatus) this.#check(kind, after, before, options);
    const isSet =
      isApplied || JSON.stringify(sent.metadata?.managedFields) !== JSON.stringify(metadata.managedFields);
    const time = this.store.timestamp();
    const managedFields =
      isSet && sent.metadata?.managedFields
        ? sent.metadata.managedFields
        : afterUpdate(kind, before, after, { ...options, time });
    const stored = { ...after, metadata: { ...after.metadata, managedFields } };
    return this.store.replace(kind, before, stored, options.isDryRun);
  }

  /** @throws KubernetesError BadRequest where the object is not of the kind, or of another namespace than its URL */
  #read(kind: Kind, namespace: string | undefined, body: unknown): Fields {
    if (!isFields(body)) throw new KubernetesError('BadRequest', 'the object provided is unrecognized');
    const apiVersion = apiVersionOf(kind);
    if ((body.kind ?? kind.kind) !== kind.kind || (body.apiVersion ?? apiVersion) !== apiVersion) {
      throw new KubernetesError(
        'BadRequest',
        `${body.kind} in version ${JSON.stringify(body.apiVersion)} cannot be handled as a ${kind.kind}: no kind ${JSON.stringify(body.kind)} is registered for version ${JSON.stringify(apiVersion)}`,
      );
    }
    const { metadata = {}, ...rest } = withoutNulls(body);
    if (namespace !== undefined && (metadata.namespace ?? namespace) !== namespace) {
      throw new KubernetesError(
        'BadRequest',
        'the namespace of the provided object does not match the namespace sent on the request',
      );
    }
    const own = { ...metadata, ...(kind.namespaced && { namespace }) };
    return { ...rest, kind: kind.kind, apiVersion, metadata: own };
  }

  #check(kind: Kind, object: Fields, before: KubernetesObject | undefined, options: WriteOptions): void {
    const { name, namespace } = object.metadata;
    if (kind.namespaced && !before) this.#checkNamespace(kind, name, namespace);
    const problems = problemsOf(kind.kind, object, before);
    if (problems.length > 0) throw invalid(kind, name, problems);
    if (kind.kind === 'Pod' && !before) this.#admitPod(kind, object);
    if (kind.kind === 'Deployment') this.#warn(object, options);
  }

  #checkNamespace(kind: Kind, name: string, namespace: string): void {
    const namespaces = kindNamed('Namespace');
    const found = this.store.find(namespaces, undefined, namespace);
    if (!found) throw notFound(namespaces, namespace);
    if (found.metadata.deletionTimestamp === undefined) return;
    throw new KubernetesError(
      'Forbidden',
      `${resourceName(kind)} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
      {
        ...detailsOf(kind, name),
        causes: [
          {
            reason: 'NamespaceTerminating',
            message: `namespace ${namespace} is being terminated`,
            field: 'metadata.namespace',
          },
        ],
      },
    );
  }

  /** Pods only: of a Deployment the controller finds out when it makes one. */
  #admitPod(kind: Kind, { metadata, spec }: Fields): void {
    const refuse = (why: string) =>
      new KubernetesError(
        'Forbidden',
        `pods "${metadata.name}" is forbidden: ${why}`,
        detailsOf(kind, metadata.name),
      );
    const account = spec.serviceAccountName ?? 'default';
    if (!this.store.find(kindNamed('ServiceAccount'), metadata.namespace, account)) {
      throw refuse(
        `error looking up service account ${metadata.namespace}/${account}: serviceaccount "${account}" not found`,
      );
    }
    const violation = violationMessage(this.#level(metadata.namespace, ENFORCE_LABEL), spec);
    if (violation) throw refuse(violation);
  }

  #warn({ metadata, spec }: Fields, { onWarning }: WriteOptions): void {
    const level = this.#level(metadata.namespace, WARN_LABEL);
    const violation = onWarning && violationMessage(level, spec.template.spec);
    if (violation) onWarning(violation.replace('violates', 'would violate'));
  }

  #level(namespace: string, label: string): SecurityLevel {
    const { labels } = this.store.get(kindNamed('Namespace'), undefined, namespace).metadata;
    const level = labels?.[label];
    return level === 'restricted' || level === 'baseline' ? level : 'privileged';
  }
}

/** How controllers are named in `managedFields`. */
export const CONTROLLER = 'kube-controller-manager';

/** A name for what has only the beginning of one. */
function withName(object: Fields): Fields {
  const { name, generateName } = object.metadata;
  if (name !== undefined || generateName === undefined) return object;
  return { ...object, metadata: { ...object.metadata, name: `${generateName}${randomSuffix()}` } };
}

/** Five characters, none of which makes a word (https://pkg.go.dev/k8s.io/apimachinery/pkg/util/rand#String). */
export function randomSuffix(): string {
  const letters = 'bcdfghjklmnpqrstvwxz2456789';
  return [...randomBytes(5)].map((byte) => letters[byte % letters.length]).join('');
}

function checkVersion(kind: Kind, before: KubernetesObject, sent: Fields): void {
  const { name, resourceVersion } = before.metadata;
  const expected = sent.metadata?.resourceVersion;
  if (expected === undefined || expected === '' || expected === resourceVersion) return;
  throw new KubernetesError(
    'Conflict',
    `Operation cannot be fulfilled on ${resourceName(kind)} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    detailsOf(kind, name),
  );
}

function withStatusOf(kind: Kind, before: KubernetesObject, sent: Fields): Fields {
  if (!kind.hasStatus) return sent;
  const { status: _, ...rest } = sent;
  return { ...rest, status: before.status };
}

/** What of an object's metadata is the server's stays. */
function ownedMetadata(sent: Fields, before: KubernetesObject['metadata']): Fields {
  const { uid, creationTimestamp, generation, resourceVersion, name, namespace, deletionTimestamp } = before;
  return {
    ...sent,
    name,
    ...(namespace !== undefined && { namespace }),
    uid,
    creationTimestamp,
    resourceVersion,
    ...(generation !== undefined && { generation }),
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
  };
}
