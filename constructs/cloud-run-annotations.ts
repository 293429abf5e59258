/** What people ask Cloud Run for. All of it is optional, and each name is also a setting's. */
export interface CloudRunOptions {
  /** CPUs of one instance: `1`, `2`, `4`, `6`, `8`, or from `0.08` with `gen1` and a concurrency of 1. @default '1' */
  readonly cpu?: string;
  /** Memory of one instance as Kubernetes writes it; `gen2` needs 512Mi. @default '512Mi' */
  readonly memory?: string;
  /** Requests that one instance serves at a time, up to 1000. @default 80 */
  readonly concurrency?: number;
  /** How long one request may take, up to 3600. @default 60 */
  readonly timeoutSeconds?: number;
  /** Instances that are kept running without requests. @default 0 */
  readonly minInstances?: number;
  /** Instances that there may be at most. @default 3 */
  readonly maxInstances?: number;
  /** Whether an instance has its CPU between requests, too. @default false */
  readonly cpuAlwaysAllocated?: boolean;
  /** More CPU while an instance starts. @default true */
  readonly startupCpuBoost?: boolean;
  /** What runs the container. @default 'gen2' */
  readonly executionEnvironment?: 'gen1' | 'gen2';
  /** From where the service can be reached, before IAM is asked. @default 'all' */
  readonly ingress?: 'all' | 'internal' | 'internal-and-cloud-load-balancing';
  /** A subnetwork of the service's region to send traffic through; by its full name when shared. @default none */
  readonly vpcSubnetwork?: string;
  /** What goes through it. @default 'private-ranges-only': calls to Google and the internet go their usual way */
  readonly vpcEgress?: 'all-traffic' | 'private-ranges-only';
  /** Audiences of ID tokens that the service accepts besides its own URLs. @default none */
  readonly customAudiences?: readonly string[];
  /** Labels of the service besides `app`, for costs and inventories. @default none */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * The Binary Authorization policy that images must satisfy: `default` or
   * `projects/P/platforms/cloudRun/policies/POLICY`. @default any image may run
   */
  readonly binaryAuthorization?: string;
}

/**
 * Annotations of a Knative service,
 * https://cloud.google.com/run/docs/reference/rest/v1/namespaces.services#ObjectMeta.
 */
export function serviceAnnotations(props: CloudRunOptions): Record<string, string> {
  const { binaryAuthorization, customAudiences = [] } = props;
  return {
    'run.googleapis.com/ingress': props.ingress ?? 'all',
    ...(binaryAuthorization && { 'run.googleapis.com/binary-authorization': binaryAuthorization }),
    ...(customAudiences.length > 0 && {
      'run.googleapis.com/custom-audiences': JSON.stringify(customAudiences),
    }),
  };
}

/**
 * Annotations of a revision, https://cloud.google.com/run/docs/reference/rest/v1/RevisionTemplate. The first four are
 * always written: one that is missing is filled in by Cloud Run and shows up as a change in the next plan.
 */
export function revisionAnnotations(props: CloudRunOptions): Record<string, string> {
  const { vpcSubnetwork: subnetwork } = props;
  return {
    'autoscaling.knative.dev/minScale': String(props.minInstances ?? 0),
    'autoscaling.knative.dev/maxScale': String(props.maxInstances ?? 3),
    'run.googleapis.com/execution-environment': props.executionEnvironment ?? 'gen2',
    'run.googleapis.com/startup-cpu-boost': String(props.startupCpuBoost ?? true),
    ...(props.cpuAlwaysAllocated && { 'run.googleapis.com/cpu-throttling': 'false' }),
    // Direct VPC egress, without a connector: https://cloud.google.com/run/docs/configuring/vpc-direct-vpc.
    ...(subnetwork && {
      'run.googleapis.com/network-interfaces': JSON.stringify([{ subnetwork }]),
      'run.googleapis.com/vpc-access-egress': props.vpcEgress ?? 'private-ranges-only',
    }),
  };
}
