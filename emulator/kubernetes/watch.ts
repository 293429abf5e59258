import type { ServerResponse } from 'node:http';
import type { Kind } from './kinds.ts';
import type { Fields, KubernetesObject } from './objects.ts';
import type { Store, StoredEvent } from './store.ts';

/** What is watched, and how its events are written. */
export interface Watch {
  readonly kind: Kind;
  readonly namespace?: string | undefined;
  readonly isSelected: (object: KubernetesObject) => boolean;
  /** From when on; absent or `0` for what is there now, as well. */
  readonly resourceVersion?: string | undefined;
  /** Whether what is there is sent first, and then that this was all. */
  readonly sendsInitialEvents: boolean;
  readonly timeoutSeconds: number;
  /** An object as the client asked for it: itself, or a row of a table. */
  readonly render: (object: KubernetesObject) => Fields;
}

/** Sends events, one JSON object a line, until the client leaves or its time is over. */
export function watch(store: Store, watched: Watch, response: ServerResponse): void {
  const { kind, namespace, resourceVersion, isSelected, render } = watched;
  const isMeant = (event: StoredEvent) =>
    event.kind === kind && (namespace === undefined || event.object.metadata.namespace === namespace);
  const write = (type: string, object: Fields) => response.write(`${JSON.stringify({ type, object })}\n`);
  const shown = new Set<string>();
  const tell = (event: StoredEvent) => {
    if (!isMeant(event)) return;
    const { uid } = event.object.metadata;
    if (event.type !== 'DELETED' && isSelected(event.object)) {
      write(shown.has(uid) || event.type === 'MODIFIED' ? 'MODIFIED' : 'ADDED', render(event.object));
      shown.add(uid);
    } else if (shown.delete(uid) || isSelected(event.object)) write('DELETED', render(event.object));
  };
  const isFromNow = resourceVersion === undefined || resourceVersion === '' || resourceVersion === '0';
  const past = isFromNow && !watched.sendsInitialEvents ? [] : store.since(resourceVersion || '0');
  response.writeHead(200, { 'content-type': 'application/json' });
  if (isFromNow || watched.sendsInitialEvents) {
    for (const object of store.list(kind, namespace).filter(isSelected))
      tell({ type: 'ADDED', kind, object });
  } else for (const event of past) tell(event);
  if (watched.sendsInitialEvents) write('BOOKMARK', bookmark(kind, store));
  response.flushHeaders();
  const end = store.subscribe(tell);
  const timer = setTimeout(() => response.end(), watched.timeoutSeconds * 1000);
  timer.unref();
  response.once('close', () => {
    end();
    clearTimeout(timer);
  });
}

function bookmark({ kind, group, version }: Kind, store: Store): Fields {
  return {
    kind,
    apiVersion: group === '' ? version : `${group}/${version}`,
    metadata: {
      resourceVersion: store.resourceVersion,
      annotations: { 'k8s.io/initial-events-end': 'true' },
      creationTimestamp: null,
    },
  };
}
