import type { Container } from './knative.ts';

/** The part of a google.cloud.run.v2.Service that a client writes, as far as the local cloud takes it. */
export interface ServiceV2Input {
  readonly description?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly ingress?: string;
  readonly customAudiences?: readonly string[];
  readonly template?: RevisionTemplateV2;
  readonly traffic?: readonly TrafficV2[];
  readonly [field: string]: unknown;
}

/** google.cloud.run.v2.TrafficTarget. */
export interface TrafficV2 {
  readonly type?: string;
  readonly revision?: string;
  readonly percent?: number;
}

/** google.cloud.run.v2.RevisionTemplate. */
export interface RevisionTemplateV2 {
  readonly revision?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly scaling?: { readonly minInstanceCount?: number; readonly maxInstanceCount?: number };
  readonly timeout?: string;
  readonly serviceAccount?: string;
  readonly executionEnvironment?: string;
  readonly maxInstanceRequestConcurrency?: number;
  readonly containers?: readonly ContainerV2[];
}

/** google.cloud.run.v2.Container. */
export interface ContainerV2 extends Container {
  readonly resources?: {
    readonly limits?: Record<string, string>;
    readonly cpuIdle?: boolean;
    readonly startupCpuBoost?: boolean;
  };
}

/** v2's names of what v1 writes in the annotation `run.googleapis.com/ingress`. */
export const INGRESS: Record<string, string> = {
  INGRESS_TRAFFIC_ALL: 'all',
  INGRESS_TRAFFIC_INTERNAL_ONLY: 'internal',
  INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER: 'internal-and-cloud-load-balancing',
};
/** v2's names of what v1 writes in the annotation `run.googleapis.com/execution-environment`. */
export const ENVIRONMENTS: Record<string, string> = {
  EXECUTION_ENVIRONMENT_GEN1: 'gen1',
  EXECUTION_ENVIRONMENT_GEN2: 'gen2',
};
