import { GoogleApiError } from '../http/errors.ts';
import {
  ENVIRONMENTS,
  INGRESS,
  type RevisionTemplateV2,
  type ServiceV2Input,
  type TrafficV2,
} from './v2-fields.ts';

const WRITABLE = [
  'description',
  'labels',
  'annotations',
  'ingress',
  'template',
  'traffic',
  'customAudiences',
  'launchStage',
  'client',
  'clientVersion',
  'scaling',
  'invokerIamDisabled',
  'name',
  'etag',
];
const OUTPUT_ONLY = [
  'uid',
  'generation',
  'createTime',
  'updateTime',
  'deleteTime',
  'expireTime',
  'creator',
  'lastModifier',
  'observedGeneration',
  'terminalCondition',
  'conditions',
  'latestReadyRevision',
  'latestCreatedRevision',
  'trafficStatuses',
  'uri',
  'urls',
  'reconciling',
  'satisfiesPzs',
];
/**
 * The v1 form of a v2 service: what the local cloud keeps and runs. The v2 fields that v1 has no field for are
 * annotations there (https://cloud.google.com/run/docs/reference/rest/v1/namespaces.services#annotations).
 * @param name the service's id
 * @throws GoogleApiError UNIMPLEMENTED naming the fields that Google has and the local cloud has not
 */
export function toKnative(name: string, service: ServiceV2Input): unknown {
  const unknown = Object.keys(service).filter((field) => ![...WRITABLE, ...OUTPUT_ONLY].includes(field));
  if (unknown.length > 0) {
    throw new GoogleApiError(
      'UNIMPLEMENTED',
      `The local cloud does not emulate these fields of a service: ${unknown.join(', ')}.`,
    );
  }
  const { template = {}, traffic, labels, annotations = {}, ingress = 'INGRESS_TRAFFIC_ALL' } = service;
  const { customAudiences } = service;
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: {
      name,
      ...(labels && { labels }),
      annotations: {
        ...annotations,
        'run.googleapis.com/ingress': INGRESS[ingress] ?? ingress,
        ...(customAudiences && { 'run.googleapis.com/custom-audiences': JSON.stringify(customAudiences) }),
      },
    },
    spec: {
      template: toKnativeTemplate(template),
      ...(traffic && { traffic: traffic.map(toKnativeTraffic) }),
    },
  };
}

function toKnativeTemplate(template: RevisionTemplateV2) {
  const { scaling = {}, containers = [], timeout, executionEnvironment } = template;
  const [{ resources = {} } = {}] = containers;
  const annotations: Record<string, string | undefined> = {
    ...template.annotations,
    'autoscaling.knative.dev/minScale': scaling.minInstanceCount?.toString(),
    'autoscaling.knative.dev/maxScale': scaling.maxInstanceCount?.toString(),
    'run.googleapis.com/execution-environment': ENVIRONMENTS[executionEnvironment ?? ''],
    'run.googleapis.com/startup-cpu-boost': resources.startupCpuBoost?.toString(),
    'run.googleapis.com/cpu-throttling': resources.cpuIdle?.toString(),
  };
  const {
    revision: name,
    labels,
    serviceAccount,
    maxInstanceRequestConcurrency: containerConcurrency,
  } = template;
  return {
    metadata: {
      ...(name && { name }),
      ...(labels && { labels }),
      annotations: Object.fromEntries(Object.entries(annotations).filter(([, value]) => value !== undefined)),
    },
    spec: {
      ...(serviceAccount && { serviceAccountName: serviceAccount }),
      ...(containerConcurrency && { containerConcurrency }),
      ...(timeout && { timeoutSeconds: Number.parseFloat(timeout) }),
      containers: containers.map(
        ({ resources: { cpuIdle: _, startupCpuBoost: __, ...own } = {}, ...container }) => ({
          ...container,
          resources: own,
        }),
      ),
    },
  };
}

function toKnativeTraffic({ type, revision, percent }: TrafficV2) {
  const isLatest = type !== 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION';
  return { percent: percent ?? 0, ...(isLatest ? { latestRevision: true } : { revisionName: revision }) };
}
