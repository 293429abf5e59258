import { createHash } from 'node:crypto';
import { deploymentStatus, replicaSetStatus } from './deployment-status.ts';
import { KubernetesError } from './errors.ts';
import { note } from './events.ts';
import { kindNamed } from './kinds.ts';
import { type Fields, type KubernetesObject, sortedJson } from './objects.ts';
import { isReady } from './pod-status.ts';
import { CONTROLLER, type Registry, randomSuffix } from './registry.ts';
import type { StoredEvent } from './store.ts';

const DEPLOYMENT = kindNamed('Deployment');
const REPLICA_SET = kindNamed('ReplicaSet');
const POD = kindNamed('Pod');

/** The annotation by which kubectl knows the revisions of a Deployment. */
export const REVISION = 'deployment.kubernetes.io/revision';

/**
 * The controllers of Deployments and ReplicaSets: a template of its own for each revision, new Pods before old ones go
 * as the strategy allows, and in the status how far it is.
 */
export class Deployments {
  readonly #registry: Registry;
  readonly #removePod: (pod: KubernetesObject) => void;
  readonly #due = new Set<string>();
  readonly #deadlines = new Map<string, NodeJS.Timeout>();
  #isClosed = false;

  constructor(registry: Registry, removePod: (pod: KubernetesObject) => void) {
    this.#registry = registry;
    this.#removePod = removePod;
  }

  /** Looks at what has to do with an event of a Deployment, a ReplicaSet or a Pod. */
  onEvent({ kind, object }: StoredEvent): void {
    const { namespace = '', name } = object.metadata;
    if (kind === DEPLOYMENT) this.#schedule(namespace, name);
    if (kind === REPLICA_SET) this.#scheduleOwner(namespace, object);
    if (kind === POD) {
      const owner = controllerOf(object);
      const set = owner && this.#store.find(REPLICA_SET, namespace, owner.name);
      if (set) this.#scheduleOwner(namespace, set);
    }
  }

  /** Ends everything that is still to be done. */
  close(): void {
    this.#isClosed = true;
    for (const timer of this.#deadlines.values()) clearTimeout(timer);
  }

  #scheduleOwner(namespace: string, set: KubernetesObject): void {
    const owner = controllerOf(set);
    if (owner) this.#schedule(namespace, owner.name);
  }

  /** Not at once: whoever caused the event has its answer first, as from a controller that is another process. */
  #schedule(namespace: string, name: string): void {
    const key = `${namespace}/${name}`;
    if (this.#due.has(key)) return;
    this.#due.add(key);
    setImmediate(() => {
      this.#due.delete(key);
      const deployment = this.#isClosed ? undefined : this.#store.find(DEPLOYMENT, namespace, name);
      if (deployment && deployment.metadata.deletionTimestamp === undefined) this.#reconcile(deployment);
      else clearTimeout(this.#deadlines.get(key));
    });
  }

  #reconcile(deployment: KubernetesObject): void {
    const newest = this.#newest(deployment);
    const sets = this.#setsOf(deployment);
    const old = sets.filter(({ metadata }) => metadata.uid !== newest.metadata.uid);
    for (const [set, replicas] of this.#plan(deployment, newest, old)) this.#scale(deployment, set, replicas);
    const failures = this.#setsOf(deployment).flatMap((set) => this.#fill(set) ?? []);
    this.#report(deployment, failures[0]);
    this.#forgetOld(deployment, old);
  }

  get #store() {
    return this.#registry.store;
  }

  #setsOf({ metadata }: KubernetesObject): KubernetesObject[] {
    const sets = this.#store.list(REPLICA_SET, metadata.namespace ?? '');
    return sets.filter((set) => controllerOf(set)?.uid === metadata.uid);
  }

  #podsOf({ metadata }: KubernetesObject): KubernetesObject[] {
    const pods = this.#store.list(POD, metadata.namespace ?? '');
    return pods.filter(
      (pod) => controllerOf(pod)?.uid === metadata.uid && pod.metadata.deletionTimestamp === undefined,
    );
  }

  /** The ReplicaSet of the template as it is now: made for a new template, found again for an earlier one. */
  #newest(deployment: KubernetesObject): KubernetesObject {
    const { name, namespace = '', uid } = deployment.metadata;
    const { template, selector } = deployment.spec;
    const hash = templateHash(template);
    const revisions = this.#setsOf(deployment).map(revisionOf);
    const last = Math.max(0, ...revisions);
    const existing = this.#store.find(REPLICA_SET, namespace, `${name}-${hash}`);
    const isLast = existing && revisionOf(existing) === last;
    const revision = String(isLast ? last : last + 1);
    this.#annotate(DEPLOYMENT, this.#store.get(DEPLOYMENT, namespace, name), revision);
    if (existing) return this.#annotate(REPLICA_SET, existing, revision);
    const labels = { ...template.metadata?.labels, 'pod-template-hash': hash };
    const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name, uid };
    const body = {
      metadata: {
        name: `${name}-${hash}`,
        labels,
        annotations: { [REVISION]: revision },
        ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
      },
      spec: {
        replicas: 0,
        selector: { matchLabels: { ...selector.matchLabels, 'pod-template-hash': hash } },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
    };
    return this.#registry.create(REPLICA_SET, namespace, body, { manager: CONTROLLER });
  }

  #annotate(kind: typeof DEPLOYMENT, object: KubernetesObject, revision: string): KubernetesObject {
    const { metadata } = object;
    if (metadata.annotations?.[REVISION] === revision) return object;
    const annotations = { ...metadata.annotations, [REVISION]: revision };
    return this.#store.replace(kind, object, { ...object, metadata: { ...metadata, annotations } });
  }

  /** How many Pods each ReplicaSet is to have now. */
  #plan(
    deployment: KubernetesObject,
    newest: KubernetesObject,
    old: readonly KubernetesObject[],
  ): [set: KubernetesObject, replicas: number][] {
    const { replicas: wanted, strategy } = deployment.spec;
    const sum = (sets: readonly KubernetesObject[]) => sets.reduce((all, { spec }) => all + spec.replicas, 0);
    if (strategy.type === 'Recreate') {
      const isGone = old.every((set) => this.#podsOf(set).length === 0);
      return [...old.map((set): [KubernetesObject, number] => [set, 0]), [newest, isGone ? wanted : 0]];
    }
    const { surge, unavailable } = boundsOf(wanted, strategy.rollingUpdate);
    const room = Math.max(0, wanted + surge - sum(old) - newest.spec.replicas);
    const current = newest.spec.replicas;
    const next = current > wanted ? wanted : Math.min(wanted, current + room);
    const available = [newest, ...old].flatMap((set) => this.#podsOf(set)).filter(isReady).length;
    let removable = Math.max(0, available - (wanted - unavailable));
    const plan: [KubernetesObject, number][] = [[newest, next]];
    for (const set of old) {
      // Pods that are not ready serve nobody: they go first, and cost nothing.
      const ready = this.#podsOf(set).filter(isReady).length;
      const kept = Math.min(set.spec.replicas, ready);
      const gone = Math.min(kept, removable);
      removable -= gone;
      plan.push([set, kept - gone]);
    }
    return plan;
  }

  #scale(deployment: KubernetesObject, set: KubernetesObject, replicas: number): void {
    const current = this.#store.find(REPLICA_SET, set.metadata.namespace, set.metadata.name);
    if (!current || current.spec.replicas === replicas) return;
    const direction = replicas > current.spec.replicas ? 'up' : 'down';
    const message = `Scaled ${direction} replica set ${set.metadata.name} from ${current.spec.replicas} to ${replicas}`;
    this.#store.replace(REPLICA_SET, current, { ...current, spec: { ...current.spec, replicas } });
    note(this.#store, deployment, {
      type: 'Normal',
      reason: 'ScalingReplicaSet',
      message,
      component: 'deployment-controller',
    });
  }

  /** Makes the Pods that are missing, and takes those away that are too many. @returns why one could not be made */
  #fill(set: KubernetesObject): string | undefined {
    const pods = this.#podsOf(set);
    const surplus = [...pods].sort((one, other) => Number(isReady(one)) - Number(isReady(other)));
    for (const pod of surplus.slice(0, Math.max(0, pods.length - set.spec.replicas))) this.#removePod(pod);
    let failure: string | undefined;
    for (let missing = set.spec.replicas - pods.length; missing > 0 && !failure; missing -= 1) {
      failure = this.#makePod(set);
    }
    const current = this.#store.get(REPLICA_SET, set.metadata.namespace, set.metadata.name);
    this.#registry.setStatus(
      REPLICA_SET,
      current,
      replicaSetStatus(current, this.#podsOf(set), failure, this.#store.timestamp()),
    );
    return failure;
  }

  #makePod(set: KubernetesObject): string | undefined {
    const { name, namespace = '', uid } = set.metadata;
    const { template } = set.spec;
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid };
    const body = {
      metadata: {
        ...template.metadata,
        name: `${name}-${randomSuffix()}`,
        ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
      },
      spec: { nodeName: 'gke-local', ...template.spec },
    };
    const said = { component: 'replicaset-controller' };
    try {
      const pod = this.#registry.create(POD, namespace, body, { manager: CONTROLLER });
      const message = `Created pod: ${pod.metadata.name}`;
      note(this.#store, set, { type: 'Normal', reason: 'SuccessfulCreate', message, ...said });
      return undefined;
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error;
      const message = `Error creating: ${error.message}`;
      note(this.#store, set, { type: 'Warning', reason: 'FailedCreate', message, ...said });
      return error.message;
    }
  }

  #report(deployment: KubernetesObject, failure: string | undefined): void {
    const { name, namespace = '' } = deployment.metadata;
    const current = this.#store.get(DEPLOYMENT, namespace, name);
    const newest = this.#store.get(REPLICA_SET, namespace, `${name}-${templateHash(current.spec.template)}`);
    const pods = this.#setsOf(current).flatMap((set) => this.#podsOf(set));
    const updated = this.#podsOf(newest);
    const now = this.#store.timestamp();
    const status = deploymentStatus(current, { newest: newest.metadata.name, pods, updated, failure, now });
    this.#registry.setStatus(DEPLOYMENT, current, status);
    const progress = (status.conditions as Fields[]).find(({ type }) => type === 'Progressing');
    const key = `${namespace}/${name}`;
    clearTimeout(this.#deadlines.get(key));
    if (progress?.reason !== 'ReplicaSetUpdated') return;
    const due = Date.parse(progress.lastUpdateTime) + current.spec.progressDeadlineSeconds * 1000;
    const timer = setTimeout(
      () => this.#schedule(namespace, name),
      Math.max(0, due - Date.parse(now)) + 1000,
    );
    timer.unref();
    this.#deadlines.set(key, timer);
  }

  #forgetOld(deployment: KubernetesObject, old: readonly KubernetesObject[]): void {
    const idle = old
      .filter((set) => set.spec.replicas === 0 && this.#podsOf(set).length === 0)
      .sort((one, other) => revisionOf(other) - revisionOf(one));
    for (const set of idle.slice(deployment.spec.revisionHistoryLimit)) {
      const current = this.#store.find(REPLICA_SET, set.metadata.namespace, set.metadata.name);
      if (current) this.#store.remove(REPLICA_SET, current);
    }
  }
}

/** Who made an object, and takes it away with itself. */
export function controllerOf({ metadata }: KubernetesObject) {
  return metadata.ownerReferences?.find(({ controller }) => controller);
}

function revisionOf({ metadata }: KubernetesObject): number {
  return Number(metadata.annotations?.[REVISION] ?? 0);
}

/** The same for the same template, and safe in a name. */
function templateHash(template: Fields): string {
  const digest = createHash('sha256').update(sortedJson(template)).digest();
  const letters = 'bcdfghjklmnpqrstvwxz2456789';
  return [...digest.subarray(0, 9)].map((byte) => letters[byte % letters.length]).join('');
}

/** How many Pods there may be too many and too few; a percentage is rounded up for the first, down for the second. */
function boundsOf(wanted: number, { maxSurge, maxUnavailable }: Fields) {
  const surge = absolute(maxSurge, wanted, Math.ceil);
  const unavailable = absolute(maxUnavailable, wanted, Math.floor);
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

function absolute(value: number | string, of: number, round: (value: number) => number): number {
  return typeof value === 'string' && value.endsWith('%')
    ? round((Number(value.slice(0, -1)) / 100) * of)
    : Number(value);
}
