import type { Addresses } from './kubernetes/addresses.ts';
import type { Cluster, ClusterContext } from './kubernetes/cluster.ts';
import type { KubernetesObject } from './kubernetes/objects.ts';
import type { Persistent } from './persistence.ts';

type Saved = { readonly objects: ReadonlyMap<string, KubernetesObject>; readonly version: number };

/** What the local GKE needs from the rest. */
export type KubernetesContext = Omit<ClusterContext, 'apiAddress'> & {
  /** The port of its API server; 0 for any that is free. */
  readonly port: number;
};

/** The local GKE. Nothing of it is loaded, and nothing listens, before somebody asks for it. */
export class Kubernetes implements Persistent {
  readonly #context: KubernetesContext;
  #opened: Promise<Addresses> | undefined;
  #cluster: Cluster | undefined;
  /** Called after each write by its API; the answer waits for it. */
  onWritten: () => Promise<void> = async () => {};

  constructor(context: KubernetesContext) {
    this.#context = context;
  }

  /** Where its one cluster is reached. */
  addresses(): Promise<Addresses> {
    this.#opened ??= this.#open();
    return this.#opened;
  }

  /** What of it survives a restart. */
  save(): Saved | undefined {
    return this.#cluster?.save();
  }

  /** Takes back what `save` gave. */
  async load(saved: Saved | undefined): Promise<void> {
    if (!saved) return;
    await this.addresses();
    await this.#cluster?.load(saved);
  }

  /** Stops everything of it. */
  async close(): Promise<void> {
    const addresses = await this.#opened;
    await addresses?.close();
    await this.#cluster?.close();
  }

  async #open(): Promise<Addresses> {
    const [{ Cluster: Made }, { Addresses: Opened }] = await Promise.all([
      import('./kubernetes/cluster.ts'),
      import('./kubernetes/addresses.ts'),
    ]);
    const { state, accounts, port } = this.#context;
    let address = '';
    const cluster = new Made({ ...this.#context, apiAddress: () => address });
    const addresses = await Opened.open(cluster, {
      port,
      tokenFor: (member) => state.tokens.accessToken(accounts.principalOf(member)),
      onWritten: () => this.onWritten(),
    });
    address = new URL(addresses.url).host;
    this.#cluster = cluster;
    return addresses;
  }
}

/**
 * A kubeconfig for one member of the local cloud; kubectl reads JSON as it reads YAML.
 * @param server the address of the API server
 */
export function kubeconfig(server: string, member: string, token: string): object {
  const name = 'local-gke';
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server } }],
    users: [{ name: member, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: member, namespace: 'default' } }],
  };
}
