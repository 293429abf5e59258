import type { Fields, KubernetesObject } from './objects.ts';
import { isReady } from './pod-status.ts';

/** What the status of a Deployment is made from. */
export interface RolloutState {
  /** Name of the ReplicaSet of the template as it is now. */
  readonly newest: string;
  readonly pods: readonly KubernetesObject[];
  readonly updated: readonly KubernetesObject[];
  /** Why a Pod could not be made. */
  readonly failure: string | undefined;
  readonly now: string;
}

/** Numbers that are zero are not written, as in Go's types. */
export function deploymentStatus(deployment: KubernetesObject, state: RolloutState): Fields {
  const { spec, status: before, metadata } = deployment;
  const ready = state.pods.filter(isReady).length;
  const { unavailable } = countsOf(spec.replicas, ready);
  const counts = {
    observedGeneration: metadata.generation,
    ...(state.pods.length > 0 && { replicas: state.pods.length }),
    ...(state.updated.length > 0 && { updatedReplicas: state.updated.length }),
    ...(ready > 0 && { readyReplicas: ready, availableReplicas: ready }),
    ...(unavailable > 0 && { unavailableReplicas: unavailable }),
  };
  const { conditions: _, ...countsBefore } = before;
  const hasProgressed = JSON.stringify(countsBefore) !== JSON.stringify(counts);
  return { ...counts, conditions: conditionsOf(deployment, state, ready, hasProgressed) };
}

function countsOf(wanted: number, ready: number) {
  return { unavailable: Math.max(0, wanted - ready) };
}

function conditionsOf(
  { spec, status }: KubernetesObject,
  state: RolloutState,
  ready: number,
  hasProgressed: boolean,
): Fields[] {
  const before = (status.conditions ?? []) as Fields[];
  const condition = conditionMaker(before, state.now);
  const readyUpdated = state.updated.filter(isReady).length;
  const isComplete =
    readyUpdated >= spec.replicas &&
    state.updated.length === spec.replicas &&
    state.pods.length === state.updated.length;
  const minimum = spec.replicas - leastUnavailable(spec);
  const isAvailable = ready >= minimum;
  return [
    condition(
      'Available',
      isAvailable,
      isAvailable ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
      isAvailable ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
    ),
    progressing(before, spec, state, { isComplete, hasProgressed, condition }),
    ...(state.failure ? [condition('ReplicaFailure', true, 'FailedCreate', state.failure)] : []),
  ];
}

/** Of a RollingUpdate, how many Pods may be missing before the Deployment is not available any more. */
function leastUnavailable({ strategy, replicas }: Fields): number {
  const { maxUnavailable = 0 } = strategy.rollingUpdate ?? {};
  if (typeof maxUnavailable === 'number') return maxUnavailable;
  return maxUnavailable.endsWith('%')
    ? Math.floor((Number.parseInt(maxUnavailable, 10) / 100) * replicas)
    : Number(maxUnavailable);
}

type ConditionMaker = (type: string, holds: boolean, reason: string, message: string) => Fields;

function progressing(
  before: readonly Fields[],
  spec: Fields,
  { newest, now }: RolloutState,
  is: { isComplete: boolean; hasProgressed: boolean; condition: ConditionMaker },
): Fields {
  const set = `ReplicaSet "${newest}"`;
  if (is.isComplete) {
    const message = `${set} has successfully progressed.`;
    return is.condition('Progressing', true, 'NewReplicaSetAvailable', message);
  }
  const earlier = before.find(({ type }) => type === 'Progressing');
  const wasSame = earlier?.message.startsWith(set);
  const since = Date.parse(earlier?.lastUpdateTime ?? now);
  const isLate = wasSame && Date.parse(now) - since > spec.progressDeadlineSeconds * 1000;
  if (wasSame && !is.hasProgressed && (isLate || earlier?.reason === 'ProgressDeadlineExceeded')) {
    return is.condition(
      'Progressing',
      false,
      'ProgressDeadlineExceeded',
      `${set} has timed out progressing.`,
    );
  }
  const made = is.condition('Progressing', true, 'ReplicaSetUpdated', `${set} is progressing.`);
  return is.hasProgressed || !wasSame ? { ...made, lastUpdateTime: now } : made;
}

function conditionMaker(before: readonly Fields[], now: string): ConditionMaker {
  return (type, holds, reason, message) => {
    const status = holds ? 'True' : 'False';
    const earlier = before.find((found) => found.type === type);
    const isSame = earlier?.status === status && earlier.reason === reason && earlier.message === message;
    return {
      type,
      status,
      lastUpdateTime: isSame ? earlier.lastUpdateTime : now,
      lastTransitionTime: earlier?.status === status ? earlier.lastTransitionTime : now,
      reason,
      message,
    };
  };
}

/** The status of a ReplicaSet. */
export function replicaSetStatus(
  set: KubernetesObject,
  pods: readonly KubernetesObject[],
  failure: string | undefined,
  now: string,
): Fields {
  const ready = pods.filter(isReady).length;
  const earlier = (set.status.conditions ?? []).find(({ type }: Fields) => type === 'ReplicaFailure');
  return {
    replicas: pods.length,
    ...(pods.length > 0 && { fullyLabeledReplicas: pods.length }),
    ...(ready > 0 && { readyReplicas: ready, availableReplicas: ready }),
    observedGeneration: set.metadata.generation,
    ...(failure && {
      conditions: [
        {
          type: 'ReplicaFailure',
          status: 'True',
          lastTransitionTime: earlier?.lastTransitionTime ?? now,
          reason: 'FailedCreate',
          message: failure,
        },
      ],
    }),
  };
}
