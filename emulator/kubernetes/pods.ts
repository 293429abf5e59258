import { setTimeout as sleep } from 'node:timers/promises';
import type { Images } from '../run/images.ts';
import { Instance } from '../run/instance.ts';
import type { Container, Probe } from '../run/knative.ts';
import { answers } from '../run/probes.ts';
import type { Reaper } from '../run/reaper.ts';
import type { ContainerLogEntry } from '../run/revision.ts';
import { note } from './events.ts';
import { kindNamed } from './kinds.ts';
import { LogLines } from './log-lines.ts';
import type { Fields, KubernetesObject } from './objects.ts';
import { type EnvironmentContext, podEnvironment } from './pod-environment.ts';
import { type ContainerState, isReady, podStatus } from './pod-status.ts';
import { matchesSelector } from './selectors.ts';

/** What Pods need from the rest. */
export interface PodsContext extends EnvironmentContext {
  readonly images: Images;
  readonly reaper: Reaper;
  readonly onLog: (entry: ContainerLogEntry) => void;
}

interface Running {
  readonly abort: AbortController;
  readonly log: LogLines;
  readonly done: Promise<void>;
  /** The port of the instance, once it listens. */
  port?: number | undefined;
}

const POD = kindNamed('Pod');

/** Seconds between two restarts of a container (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy). */
const BACKOFF_SECONDS = [0, 10, 20, 40, 80, 160, 300];

/** The node: runs the Pods that are stored as processes of this machine, one container each, and says how they are. */
export class Pods {
  readonly #context: PodsContext;
  readonly #running = new Map<string, Running>();

  constructor(context: PodsContext) {
    this.#context = context;
  }

  /** Starts a Pod. */
  start(pod: KubernetesObject): void {
    const { uid } = pod.metadata;
    const running: Running = {
      abort: new AbortController(),
      log: new LogLines(),
      done: Promise.resolve(),
    };
    this.#running.set(uid, running);
    Object.assign(running, { done: this.#run(pod, running).finally(() => running.log.close()) });
  }

  /** Stops a Pod, and takes it away when its process has gone. */
  async stop(pod: KubernetesObject): Promise<void> {
    const { uid } = pod.metadata;
    const running = this.#running.get(uid);
    running?.abort.abort();
    await running?.done;
    this.#running.delete(uid);
    const { store } = this.#context.registry;
    const last = store.find(POD, pod.metadata.namespace, pod.metadata.name);
    if (last?.metadata.uid === uid) store.remove(POD, last);
  }

  /** What a Pod has written. */
  logOf(namespace: string, name: string): LogLines {
    const pod = this.#context.registry.store.get(POD, namespace, name);
    return this.#running.get(pod.metadata.uid)?.log ?? new LogLines();
  }

  /** The port of a Pod of a Service that is ready, another one each time; undefined where none is. */
  portFor(namespace: string, service: string): number | undefined {
    const { store } = this.#context.registry;
    const selector = store.find(kindNamed('Service'), namespace, service)?.spec.selector;
    if (!selector) return undefined;
    const ready = store
      .list(POD, namespace)
      .filter(({ metadata }) => matchesSelector({ matchLabels: selector }, metadata.labels ?? {}))
      .filter(isReady)
      .flatMap(({ metadata }) => this.#running.get(metadata.uid)?.port ?? []);
    return ready[Math.floor(Math.random() * ready.length)];
  }

  /** Stops everything; what is stored stays. */
  async close(): Promise<void> {
    for (const { abort } of this.#running.values()) abort.abort();
    await Promise.all([...this.#running.values()].map(({ done }) => done));
    this.#running.clear();
  }

  async #run(pod: KubernetesObject, running: Running): Promise<void> {
    const { signal } = running.abort;
    const container = pod.spec.containers[0] as Fields;
    const image = this.#context.images.resolve(container.image);
    if (!image) return this.#imageMissing(pod, container);
    let lastState: Fields = {};
    for (let restarts = 0; !signal.aborted; restarts += 1) {
      const known = { restartCount: restarts, lastState };
      const pause = BACKOFF_SECONDS[Math.min(restarts - 1, BACKOFF_SECONDS.length - 1)] ?? 0;
      const waiting = pause === 0 ? 'ContainerCreating' : 'CrashLoopBackOff';
      this.#report(pod, { ...known, state: { waiting: { reason: waiting } } });
      if (pause > 0) note(this.#store, pod, backOff(container));
      await sleep(pause * 1000, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      lastState = await this.#runOnce(pod, container, image, running, known);
    }
  }

  /** @returns how the container ended */
  async #runOnce(
    pod: KubernetesObject,
    container: Fields,
    image: NonNullable<ReturnType<Images['resolve']>>,
    running: Running,
    known: Pick<ContainerState, 'restartCount' | 'lastState'>,
  ): Promise<Fields> {
    const { signal } = running.abort;
    const startedAt = this.#store.timestamp();
    const state = { running: { startedAt } };
    const { labels = {}, name } = pod.metadata;
    let exit: string | undefined;
    const environment = await podEnvironment(pod, container, this.#context);
    this.#report(pod, { ...known, state, started: false });
    const instance = await Instance.start({
      image,
      environment,
      container: cloudRunContainer(container),
      reaper: this.#context.reaper,
      signal,
      onLine: (line, stream) => {
        if (stream === 'system') exit = line;
        else running.log.add(line);
        this.#context.onLog({ service: labels.app ?? name, revision: name, stream, line });
      },
    });
    if (instance instanceof Instance) {
      running.port = instance.port;
      this.#report(pod, { ...known, state, started: true });
      const stopAsking = this.#watchReadiness(pod, container, instance.port, {
        ...known,
        state,
        started: true,
      });
      await instance.exited;
      stopAsking();
      running.port = undefined;
    } else if (!signal.aborted) note(this.#store, pod, startupFailed(container, instance));
    const code = /exit\((\d+)\)/.exec(exit ?? '')?.[1];
    const terminated = {
      exitCode: Number(code ?? 137),
      reason: code === '0' ? 'Completed' : 'Error',
      startedAt,
      finishedAt: this.#store.timestamp(),
    };
    if (!signal.aborted) this.#report(pod, { ...known, state: { terminated } });
    return { terminated };
  }

  /** Asks the readiness probe again and again; a container without one is ready once it is up. */
  #watchReadiness(pod: KubernetesObject, container: Fields, port: number, state: ContainerState): () => void {
    const abort = new AbortController();
    const probe = container.readinessProbe as (Probe & { failureThreshold: number }) | undefined;
    if (!probe) {
      this.#report(pod, { ...state, ready: true });
      return () => {};
    }
    void (async () => {
      for (let failures = 0; !abort.signal.aborted; ) {
        const isUp = await answers(port, probe);
        if (abort.signal.aborted) return;
        failures = isUp ? 0 : failures + 1;
        if (isUp) this.#report(pod, { ...state, ready: true });
        else if (failures >= probe.failureThreshold) this.#report(pod, { ...state, ready: false });
        const period = (probe.periodSeconds ?? 10) * 1000;
        await sleep(period, undefined, { signal: abort.signal, ref: false }).catch(() => {});
      }
    })();
    return () => abort.abort();
  }

  #imageMissing(pod: KubernetesObject, container: Fields): void {
    const message = `Failed to pull image "${container.image}": not found`;
    note(this.#store, pod, { type: 'Warning', reason: 'Failed', message, component: 'kubelet' });
    this.#report(pod, {
      restartCount: 0,
      lastState: {},
      state: { waiting: { reason: 'ErrImagePull', message } },
    });
  }

  #report(pod: KubernetesObject, state: ContainerState): void {
    const stored = this.#store.find(POD, pod.metadata.namespace, pod.metadata.name);
    if (stored?.metadata.uid !== pod.metadata.uid) return;
    const status = podStatus(stored, state, this.#store.timestamp());
    this.#context.registry.setStatus(POD, stored, status);
  }

  get #store() {
    return this.#context.registry.store;
  }
}

function backOff({ name }: Fields) {
  return {
    type: 'Warning',
    reason: 'BackOff',
    message: `Back-off restarting failed container ${name}`,
    component: 'kubelet',
  } as const;
}

function startupFailed(_container: Fields, failure: 'port' | 'probe') {
  const message =
    failure === 'probe'
      ? 'Startup probe failed: HTTP probe failed'
      : 'Startup probe failed: the container ended, or does not listen on its port';
  return { type: 'Warning', reason: 'Unhealthy', message, component: 'kubelet' } as const;
}

/** A container as what starts one for Cloud Run takes it. */
function cloudRunContainer(container: Fields): Container {
  const { image, startupProbe, livenessProbe, resources } = container;
  return {
    image,
    ...(startupProbe && { startupProbe }),
    ...(livenessProbe && { livenessProbe }),
    ...(resources?.limits && { resources: { limits: resources.limits } }),
  };
}
