import type { Kind } from './kinds.ts';
import { type Fields, type KubernetesObject, timestamp } from './objects.ts';

interface Column {
  readonly name: string;
  /** @default 'string' */
  readonly type?: 'string' | 'integer';
  /** 1 for what only `-o wide` shows. @default 0 */
  readonly priority?: 0 | 1;
  readonly cell: (object: KubernetesObject, now: Date) => string | number;
}

const name: Column = { name: 'Name', cell: ({ metadata }) => metadata.name };
const age: Column = { name: 'Age', cell: ({ metadata }, now) => duration(metadata.creationTimestamp, now) };
const wide = (title: string, cell: Column['cell']): Column => ({ name: title, priority: 1, cell });

/** The columns of `kubectl get`, as the API server gives them for each kind. */
const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  ConfigMap: [name, { name: 'Data', cell: ({ data = {} }) => Object.keys(data).length }, age],
  Event: [
    { name: 'Last Seen', cell: ({ lastTimestamp }, now) => duration(lastTimestamp, now) },
    { name: 'Type', cell: ({ type }) => type },
    { name: 'Reason', cell: ({ reason }) => reason },
    {
      name: 'Object',
      cell: ({ involvedObject }) => `${involvedObject.kind.toLowerCase()}/${involvedObject.name}`,
    },
    { name: 'Message', cell: ({ message }) => message },
  ],
  Namespace: [name, { name: 'Status', cell: ({ status }) => status.phase }, age],
  Pod: [
    name,
    { name: 'Ready', cell: podReady },
    { name: 'Status', cell: podStatus },
    { name: 'Restarts', cell: podRestarts },
    age,
    wide('IP', ({ status }) => status.podIP ?? '<none>'),
    wide('Node', ({ spec }) => spec.nodeName ?? '<none>'),
    wide('Nominated Node', () => '<none>'),
    wide('Readiness Gates', () => '<none>'),
  ],
  ServiceAccount: [name, { name: 'Secrets', cell: ({ secrets = [] }) => secrets.length }, age],
  Service: [
    name,
    { name: 'Type', cell: ({ spec }) => spec.type },
    { name: 'Cluster-IP', cell: ({ spec }) => spec.clusterIP },
    { name: 'External-IP', cell: () => '<none>' },
    {
      name: 'Port(s)',
      cell: ({ spec }) => spec.ports.map((port: Fields) => `${port.port}/${port.protocol}`).join(','),
    },
    age,
    wide('Selector', ({ spec }) => labelText(spec.selector ?? {})),
  ],
  Deployment: [
    name,
    { name: 'Ready', cell: ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas}` },
    { name: 'Up-to-date', cell: ({ status }) => status.updatedReplicas ?? 0 },
    { name: 'Available', cell: ({ status }) => status.availableReplicas ?? 0 },
    age,
    ...workloadColumns(),
  ],
  ReplicaSet: [
    name,
    { name: 'Desired', type: 'integer', cell: ({ spec }) => spec.replicas },
    { name: 'Current', type: 'integer', cell: ({ status }) => status.replicas ?? 0 },
    { name: 'Ready', type: 'integer', cell: ({ status }) => status.readyReplicas ?? 0 },
    age,
    ...workloadColumns(),
  ],
  HorizontalPodAutoscaler: [
    name,
    { name: 'Reference', cell: ({ spec }) => `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}` },
    { name: 'Targets', cell: ({ spec }) => (spec.metrics ?? []).map(target).join(', ') || '<none>' },
    { name: 'MinPods', cell: ({ spec }) => String(spec.minReplicas) },
    { name: 'MaxPods', cell: ({ spec }) => spec.maxReplicas },
    { name: 'Replicas', cell: ({ status }) => status.currentReplicas ?? 0 },
    age,
  ],
  NetworkPolicy: [
    name,
    { name: 'Pod-Selector', cell: ({ spec }) => labelText(spec.podSelector?.matchLabels ?? {}) },
    age,
  ],
  PodDisruptionBudget: [
    name,
    { name: 'Min Available', cell: ({ spec }) => String(spec.minAvailable ?? 'N/A') },
    { name: 'Max Unavailable', cell: ({ spec }) => String(spec.maxUnavailable ?? 'N/A') },
    { name: 'Allowed Disruptions', type: 'integer', cell: ({ status }) => status.disruptionsAllowed },
    age,
  ],
};

function workloadColumns(): Column[] {
  const containers = ({ spec }: KubernetesObject) => spec.template.spec.containers as Fields[];
  return [
    wide('Containers', (object) =>
      containers(object)
        .map((container) => container.name)
        .join(','),
    ),
    wide('Images', (object) =>
      containers(object)
        .map(({ image }) => image)
        .join(','),
    ),
    wide('Selector', ({ spec }) => labelText(spec.selector.matchLabels ?? {})),
  ];
}

/** Objects as a table, which kubectl asks for instead of formatting them itself. */
export function tableOf(
  kind: Kind,
  objects: readonly KubernetesObject[],
  options: { readonly now: Date; readonly resourceVersion: string },
): Fields {
  const columns = COLUMNS[kind.kind] ?? [name, age];
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: options.resourceVersion },
    columnDefinitions: columns.map((column) => ({
      name: column.name,
      type: column.type ?? 'string',
      format: column.name === 'Name' ? 'name' : '',
      description: '',
      priority: column.priority ?? 0,
    })),
    rows: objects.map((object) => ({
      cells: columns.map(({ cell }) => cell(object, options.now)),
      object: {
        kind: 'PartialObjectMetadata',
        apiVersion: 'meta.k8s.io/v1',
        metadata: object.metadata,
      },
    })),
  };
}

function labelText(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
  return pairs.join(',') || '<none>';
}

function target({ type, resource }: Fields): string {
  return type === 'Resource'
    ? `${resource.name}: <unknown>/${resource.target.averageUtilization}%`
    : '<unknown>';
}

function podReady({ spec, status }: KubernetesObject): string {
  const ready = (status.containerStatuses ?? []).filter((container: Fields) => container.ready);
  return `${ready.length}/${spec.containers.length}`;
}

function podStatus({ metadata, status }: KubernetesObject): string {
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  const [container] = (status.containerStatuses ?? []) as Fields[];
  return container?.state.waiting?.reason ?? container?.state.terminated?.reason ?? status.phase;
}

function podRestarts({ status }: KubernetesObject, now: Date): string {
  const [container] = (status.containerStatuses ?? []) as Fields[];
  const finished = container?.lastState?.terminated?.finishedAt;
  const count = String(container?.restartCount ?? 0);
  return finished === undefined ? count : `${count} (${duration(finished, now)} ago)`;
}

/** How long ago, as people read it (https://pkg.go.dev/k8s.io/apimachinery/pkg/util/duration#HumanDuration). */
function duration(since: string | undefined, now: Date): string {
  if (since === undefined) return '<unknown>';
  const seconds = Math.max(0, Math.round((Date.parse(timestamp(now)) - Date.parse(since)) / 1000));
  const [minutes, hours, days] = [seconds / 60, seconds / 3600, seconds / 86_400].map(Math.floor) as [
    number,
    number,
    number,
  ];
  if (seconds < 120) return `${seconds}s`;
  if (minutes < 10) return withRest(minutes, 'm', seconds % 60, 's');
  if (hours < 3) return `${minutes}m`;
  if (hours < 8) return withRest(hours, 'h', minutes % 60, 'm');
  return hours < 48 ? `${hours}h` : `${days}d`;
}

function withRest(value: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${value}${unit}` : `${value}${unit}${rest}${restUnit}`;
}
