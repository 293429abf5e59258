import { randomBytes } from 'node:crypto';
import { kindNamed } from './kinds.ts';
import type { KubernetesObject } from './objects.ts';
import type { Store } from './store.ts';

/** What a controller says of an object, as `kubectl describe` shows it. */
export interface Note {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** Who says it. */
  readonly component: string;
}

/** Notes an event of an object; one that was noted before is counted. */
export function note(store: Store, about: KubernetesObject, { component, ...said }: Note): void {
  const kind = kindNamed('Event');
  const { name, namespace = 'default', uid, resourceVersion } = about.metadata;
  const involvedObject = {
    kind: about.kind,
    namespace,
    name,
    uid,
    apiVersion: about.apiVersion,
    resourceVersion,
  };
  const lastTimestamp = store.timestamp();
  const same = store
    .list(kind, namespace)
    .find(
      (event) =>
        event.involvedObject.uid === uid && event.reason === said.reason && event.message === said.message,
    );
  if (same) {
    store.replace(kind, same, { ...same, count: same.count + 1, lastTimestamp });
    return;
  }
  store.add(kind, {
    kind: 'Event',
    apiVersion: 'v1',
    metadata: { name: `${name}.${randomBytes(8).toString('hex')}`, namespace },
    involvedObject,
    ...said,
    source: { component },
    firstTimestamp: lastTimestamp,
    lastTimestamp,
    count: 1,
    reportingComponent: component,
    reportingInstance: '',
  });
}
