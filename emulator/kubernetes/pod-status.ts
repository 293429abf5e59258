import type { Fields, KubernetesObject } from './objects.ts';

/** How a Pod's container is. */
export interface ContainerState {
  /** One of `waiting`, `running` and `terminated`. */
  readonly state: Fields;
  readonly lastState: Fields;
  readonly restartCount: number;
  readonly started?: boolean;
  readonly ready?: boolean;
}

/** Where Pods are: on this machine. */
const ADDRESS = '127.0.0.1';

/** The status of a Pod, as a kubelet reports it. */
export function podStatus(pod: KubernetesObject, container: ContainerState, now: string): Fields {
  const { ready = false, started = false, state, lastState, restartCount } = container;
  const [spec] = pod.spec.containers as Fields[];
  const isStopping = pod.metadata.deletionTimestamp !== undefined;
  const isReady = ready && !isStopping;
  const before = (pod.status.conditions ?? []) as Fields[];
  const condition = (type: string, holds: boolean) => {
    const status = holds ? 'True' : 'False';
    const earlier = before.find((found) => found.type === type);
    const lastTransitionTime = earlier?.status === status ? earlier.lastTransitionTime : now;
    return {
      type,
      status,
      lastProbeTime: null,
      lastTransitionTime,
      ...(holds
        ? {}
        : {
            reason: 'ContainersNotReady',
            message: `containers with unready status: [${spec?.name}]`,
          }),
    };
  };
  return {
    phase: state.waiting && restartCount === 0 ? 'Pending' : 'Running',
    conditions: [
      condition('PodReadyToStartContainers', true),
      condition('Initialized', true),
      condition('Ready', isReady),
      condition('ContainersReady', isReady),
      condition('PodScheduled', true),
    ],
    hostIP: ADDRESS,
    hostIPs: [{ ip: ADDRESS }],
    podIP: ADDRESS,
    podIPs: [{ ip: ADDRESS }],
    startTime: pod.status.startTime ?? now,
    containerStatuses: [
      {
        name: spec?.name,
        state,
        lastState,
        ready: isReady,
        restartCount,
        image: spec?.image,
        imageID: spec?.image,
        started,
      },
    ],
    qosClass: pod.status.qosClass ?? 'Burstable',
  };
}

/** Whether a Pod may have requests. */
export function isReady({ metadata, status }: KubernetesObject): boolean {
  const ready = (status.conditions ?? []).find(({ type }: Fields) => type === 'Ready');
  return metadata.deletionTimestamp === undefined && ready?.status === 'True';
}
