import type { Faults } from '../faults.ts';
import type { Principal } from '../iam/principal.ts';
import type { ServiceAccounts } from '../iam/service-accounts.ts';
import type { TokenFault } from '../iam/tokens.ts';
import type { Persistent } from '../persistence.ts';
import type { Images } from '../run/images.ts';
import type { Reaper } from '../run/reaper.ts';
import type { ContainerLogEntry } from '../run/revision.ts';
import type { CloudState } from '../state.ts';
import type { MetadataTrouble } from '../weather.ts';
import { Deployments } from './deployments.ts';
import { DisruptionBudgets } from './disruption-budgets.ts';
import { GkeMetadataServers } from './gke-metadata.ts';
import { KINDS, type Kind, kindNamed } from './kinds.ts';
import type { KubernetesObject } from './objects.ts';
import { Pods } from './pods.ts';
import { CONTROLLER, Registry } from './registry.ts';
import { Store, type StoredEvent } from './store.ts';

/** What a cluster needs from the rest of the local cloud. */
export interface ClusterContext {
  readonly state: CloudState;
  readonly accounts: ServiceAccounts;
  readonly images: Images;
  readonly faults: Faults;
  /** What metadata servers do with the first requests. */
  readonly metadataTroubles: readonly MetadataTrouble[];
  readonly reaper: Reaper;
  readonly onLog: (entry: ContainerLogEntry) => void;
  /** `host:port` of its API server, which Pods are told. */
  readonly apiAddress: () => string;
}

const NAMESPACE = kindNamed('Namespace');
const POD = kindNamed('Pod');
const SERVICE_ACCOUNT = kindNamed('ServiceAccount');

/** How long an empty namespace is still there; seconds, with a controller that is another process. */
const NAMESPACE_MILLISECONDS = 200;

/** The local cluster: what is stored, and what controls it. */
export class Cluster implements Persistent {
  readonly state: CloudState;
  readonly store: Store;
  readonly registry: Registry;
  readonly pods: Pods;
  readonly authenticate: (token: string) => Principal | TokenFault;
  readonly #deployments: Deployments;
  readonly #budgets: DisruptionBudgets;
  readonly #metadata: GkeMetadataServers;

  constructor({
    state,
    accounts,
    images,
    faults,
    metadataTroubles,
    reaper,
    onLog,
    apiAddress,
  }: ClusterContext) {
    this.state = state;
    this.authenticate = (token) => accounts.authenticate(token);
    this.store = new Store(state.now);
    this.registry = new Registry(this.store);
    this.#metadata = new GkeMetadataServers(
      state,
      accounts,
      { faults, troubles: metadataTroubles },
      this.store,
    );
    const { registry } = this;
    this.pods = new Pods({ registry, images, metadata: this.#metadata, reaper, onLog, apiAddress });
    this.#deployments = new Deployments(this.registry, (pod) => void this.remove(POD, pod));
    this.#budgets = new DisruptionBudgets(this.registry);
    this.store.subscribe((event) => this.#onEvent(event));
    this.#addNamespace('default');
  }

  /** Deletes an object, and what it made; Pods and namespaces take their time. @returns it as it was last */
  remove(kind: Kind, object: KubernetesObject, propagationPolicy?: string): KubernetesObject {
    if (kind !== POD && kind !== NAMESPACE) {
      if (propagationPolicy === 'Orphan') this.#orphan(object);
      return this.store.remove(kind, object);
    }
    if (object.metadata.deletionTimestamp !== undefined) return object;
    const metadata = {
      ...object.metadata,
      deletionTimestamp: this.store.timestamp(),
      ...(kind === POD && {
        deletionGracePeriodSeconds: object.spec.terminationGracePeriodSeconds,
      }),
    };
    const status = kind === NAMESPACE ? { phase: 'Terminating' } : object.status;
    const marked = this.store.replace(kind, object, { ...object, metadata, status });
    if (kind === POD) void this.pods.stop(marked);
    else void this.#empty(marked);
    return marked;
  }

  /** What of it survives a restart: Pods do not. */
  save() {
    return this.store.save();
  }

  /** Takes back what `save` gave, and starts each Deployment's Pods again. */
  async load(saved: ReturnType<Store['save']>): Promise<void> {
    this.store.load({ ...saved, objects: new Map(saved.objects) });
    for (const pod of this.store.list(POD)) this.store.remove(POD, pod);
    for (const namespace of this.store.list(NAMESPACE)) {
      if (namespace.metadata.deletionTimestamp !== undefined) void this.#empty(namespace);
    }
    const kind = kindNamed('Deployment');
    for (const object of this.store.list(kind)) this.#deployments.onEvent({ type: 'ADDED', kind, object });
  }

  /** Stops everything that runs. */
  async close(): Promise<void> {
    this.#deployments.close();
    this.#budgets.close();
    await this.pods.close();
    await this.#metadata.close();
  }

  #onEvent(event: StoredEvent): void {
    const { type, kind, object } = event;
    if (type === 'ADDED' && kind === POD) this.pods.start(object);
    if (type === 'ADDED' && kind === NAMESPACE) this.#addDefaultAccount(object.metadata.name);
    if (type === 'DELETED') this.#removeOwned(object);
    this.#deployments.onEvent(event);
    this.#budgets.onEvent(event);
  }

  /** What has no owner any more goes, too. */
  #removeOwned({ metadata }: KubernetesObject): void {
    if (metadata.namespace === undefined) return;
    for (const name of ['ReplicaSet', 'Pod']) {
      const kind = kindNamed(name);
      const owned = this.store
        .list(kind, metadata.namespace)
        .filter(({ metadata: { ownerReferences = [] } }) =>
          ownerReferences.some(({ uid }) => uid === metadata.uid),
        );
      for (const object of owned) this.remove(kind, object);
    }
  }

  #orphan({ metadata }: KubernetesObject): void {
    for (const name of ['ReplicaSet', 'Pod']) {
      const kind = kindNamed(name);
      for (const object of this.store.list(kind, metadata.namespace ?? '')) {
        const kept = object.metadata.ownerReferences?.filter(({ uid }) => uid !== metadata.uid);
        if (kept === undefined || kept.length === object.metadata.ownerReferences?.length) continue;
        const { ownerReferences: _, ...own } = object.metadata;
        this.store.replace(kind, object, {
          ...object,
          metadata: { ...own, ...(kept.length > 0 && { ownerReferences: kept }) },
        });
      }
    }
  }

  /** Takes away everything in a namespace, and then itself. */
  async #empty({ metadata: { name } }: KubernetesObject): Promise<void> {
    const pods = this.store.list(POD, name);
    for (const kind of KINDS.filter((one) => one.namespaced && one !== POD)) {
      for (const object of this.store.list(kind, name)) this.store.remove(kind, object);
    }
    await Promise.all(pods.map((pod) => this.pods.stop(pod)));
    // Whoever deleted it sees it go, as with a controller that is another process.
    setTimeout(() => {
      const namespace = this.store.find(NAMESPACE, undefined, name);
      for (const event of this.store.list(kindNamed('Event'), name))
        this.store.remove(kindNamed('Event'), event);
      if (namespace) this.store.remove(NAMESPACE, namespace);
    }, NAMESPACE_MILLISECONDS).unref();
  }

  #addNamespace(name: string): void {
    const body = { kind: 'Namespace', apiVersion: 'v1', metadata: { name } };
    this.registry.create(NAMESPACE, undefined, body, { manager: 'kube-apiserver' });
  }

  /** Every namespace has one. */
  #addDefaultAccount(namespace: string): void {
    const body = { kind: 'ServiceAccount', apiVersion: 'v1', metadata: { name: 'default' } };
    this.registry.create(SERVICE_ACCOUNT, namespace, body, { manager: CONTROLLER });
  }
}
