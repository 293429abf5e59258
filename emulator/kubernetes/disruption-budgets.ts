import { isDeepStrictEqual } from 'node:util';
import { controllerOf } from './deployments.ts';
import { kindNamed } from './kinds.ts';
import type { Fields, KubernetesObject } from './objects.ts';
import { isReady } from './pod-status.ts';
import type { Registry } from './registry.ts';
import { matchesSelector } from './selectors.ts';
import type { StoredEvent } from './store.ts';

const BUDGET = kindNamed('PodDisruptionBudget');
const DEPLOYMENT = kindNamed('Deployment');
const REPLICA_SET = kindNamed('ReplicaSet');
const POD = kindNamed('Pod');

/** The controller of PodDisruptionBudgets: says in their status how many Pods may be taken away on purpose. */
export class DisruptionBudgets {
  readonly #registry: Registry;
  readonly #due = new Set<string>();
  #isClosed = false;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** Looks at the budgets of a namespace in which Pods, or how many there are to be, have changed. */
  onEvent({ kind, object }: StoredEvent): void {
    const { namespace = '' } = object.metadata;
    if (![BUDGET, DEPLOYMENT, POD].includes(kind) || this.#due.has(namespace)) return;
    this.#due.add(namespace);
    // Not at once: whoever caused the event has its answer first.
    setImmediate(() => {
      this.#due.delete(namespace);
      if (this.#isClosed) return;
      for (const budget of this.#registry.store.list(BUDGET, namespace)) this.#report(budget);
    });
  }

  /** Writes no status any more. */
  close(): void {
    this.#isClosed = true;
  }

  #report(budget: KubernetesObject): void {
    const { store } = this.#registry;
    const { selector } = budget.spec;
    const pods = selector
      ? store
          .list(POD, budget.metadata.namespace)
          .filter(({ metadata }) => matchesSelector(selector, metadata.labels ?? {}))
      : [];
    const status = statusOf(budget, pods, this.#wanted(pods), store.timestamp());
    if (!isDeepStrictEqual(status, budget.status)) this.#registry.setStatus(BUDGET, budget, status);
  }

  /** How many Pods there are to be, by the Deployments that made these. */
  #wanted(pods: readonly KubernetesObject[]): number {
    const { store } = this.#registry;
    const deployments = pods.flatMap((pod) => {
      const { namespace } = pod.metadata;
      const owner = controllerOf(pod);
      const set = owner && store.find(REPLICA_SET, namespace, owner.name);
      const maker = set && controllerOf(set);
      return (maker && store.find(DEPLOYMENT, namespace, maker.name)) ?? [];
    });
    const byId = new Map(deployments.map(({ metadata, spec }) => [metadata.uid, Number(spec.replicas)]));
    return [...byId.values()].reduce((all, replicas) => all + replicas, 0);
  }
}

/** As https://kubernetes.io/docs/tasks/run-application/configure-pdb/ counts: a percentage is rounded up. */
function statusOf(
  { spec, status, metadata }: KubernetesObject,
  pods: readonly KubernetesObject[],
  wanted: number,
  now: string,
): Fields {
  const expectedPods = typeof spec.minAvailable === 'number' ? pods.length : wanted;
  const desiredHealthy =
    spec.maxUnavailable === undefined
      ? partOf(spec.minAvailable ?? 0, wanted)
      : Math.max(0, expectedPods - partOf(spec.maxUnavailable, wanted));
  const healthy = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined && isReady(pod));
  const disruptionsAllowed = expectedPods > 0 ? Math.max(0, healthy.length - desiredHealthy) : 0;
  const isAllowed = disruptionsAllowed > 0 ? 'True' : 'False';
  const [earlier] = (status.conditions ?? []) as Fields[];
  return {
    observedGeneration: metadata.generation,
    disruptionsAllowed,
    currentHealthy: healthy.length,
    desiredHealthy,
    expectedPods,
    conditions: [
      {
        type: 'DisruptionAllowed',
        status: isAllowed,
        observedGeneration: metadata.generation,
        lastTransitionTime: earlier?.status === isAllowed ? earlier.lastTransitionTime : now,
        reason: disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods',
        message: '',
      },
    ],
  };
}

function partOf(value: number | string, of: number): number {
  return typeof value === 'string' ? Math.ceil((Number.parseInt(value, 10) / 100) * of) : value;
}
