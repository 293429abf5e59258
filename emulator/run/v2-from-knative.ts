import type { ServiceInput } from './knative.ts';
import {
  type ContainerV2,
  ENVIRONMENTS,
  INGRESS,
  type RevisionTemplateV2,
  type ServiceV2Input,
} from './v2-fields.ts';

/** The v2 form of what a client wrote, whichever of the two APIs it used. */
export function toV2({ metadata, spec }: ServiceInput): ServiceV2Input {
  const {
    'run.googleapis.com/ingress': ingress = 'all',
    'run.googleapis.com/custom-audiences': audiences,
    ...annotations
  } = metadata.annotations ?? {};
  const traffic = (spec.traffic ?? [{ percent: 100, latestRevision: true }]) as readonly KnativeTraffic[];
  return {
    ...(metadata.labels && { labels: metadata.labels }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
    ingress: keyOf(INGRESS, ingress),
    ...(audiences && { customAudiences: JSON.parse(audiences) as string[] }),
    template: toV2Template(spec.template),
    traffic: traffic.map(({ percent, revisionName }) => ({
      percent: percent ?? 0,
      type: revisionName
        ? 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION'
        : 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST',
      ...(revisionName && { revision: revisionName }),
    })),
  };
}

interface KnativeTraffic {
  readonly percent?: number;
  readonly revisionName?: string;
}

/** The v2 form of a revision's template. */
export function toV2Template({ metadata = {}, spec }: ServiceInput['spec']['template']): RevisionTemplateV2 {
  const {
    'autoscaling.knative.dev/minScale': minScale,
    'autoscaling.knative.dev/maxScale': maxScale,
    'run.googleapis.com/execution-environment': environment,
    'run.googleapis.com/startup-cpu-boost': boost,
    'run.googleapis.com/cpu-throttling': throttling,
    ...annotations
  } = metadata.annotations ?? {};
  const { containerConcurrency } = spec as { containerConcurrency?: number };
  const containers = spec.containers as readonly ContainerV2[];
  return {
    ...(metadata.name && { revision: metadata.name }),
    ...(metadata.labels && { labels: metadata.labels }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
    scaling: {
      ...(minScale && { minInstanceCount: Number(minScale) }),
      ...(maxScale && { maxInstanceCount: Number(maxScale) }),
    },
    ...(spec.timeoutSeconds && { timeout: `${spec.timeoutSeconds}s` }),
    ...(spec.serviceAccountName && { serviceAccount: spec.serviceAccountName }),
    ...(environment && { executionEnvironment: keyOf(ENVIRONMENTS, environment) }),
    ...(containerConcurrency && { maxInstanceRequestConcurrency: containerConcurrency }),
    containers: containers.map(({ resources = {}, ...container }) => ({
      ...container,
      resources: {
        ...resources,
        ...(throttling && { cpuIdle: throttling === 'true' }),
        ...(boost && { startupCpuBoost: boost === 'true' }),
      },
    })),
  };
}

function keyOf(table: Record<string, string>, value: string): string {
  return Object.entries(table).find(([, known]) => known === value)?.[0] ?? value;
}
