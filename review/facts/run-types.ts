import { isMap, isUnknown } from '../terraform/values.ts';
import { type Arguments, argumentAt, blocks, isTrue, text } from './blocks.ts';
import type { ReviewedResource } from './resources.ts';

/** What runs code on Cloud Run, in the words of the service's first type whichever type it is. */
export interface CloudRun {
  readonly kind: 'service' | 'job' | 'worker pool' | 'function';
  /** Full resource name. */
  readonly name: string;
  /** The service account that it runs as, as it is written. */
  readonly account: unknown;
  /** Its containers; one of a function is what the function is built from. */
  readonly containers: readonly Arguments[];
  /** `all`, `internal`, `internal-and-cloud-load-balancing`; undefined where it has no address. */
  readonly ingress: string | undefined;
  /** Whether it lets in everyone without looking at who it is. */
  readonly unchecked: boolean;
  /** What it has to be bounded by; undefined where Google gives it one. */
  readonly bounds: Bounds | undefined;
  /** Revisions by name that get requests; undefined in place of a name that is missing. */
  readonly oldRevisions: readonly (string | undefined)[];
}

/** The bounds of a service, as they are written. */
export interface Bounds {
  readonly instances: unknown;
  readonly concurrency: unknown;
  readonly timeoutSeconds: unknown;
}

const ANNOTATION = 'run.googleapis.com';

/** By type, from each type's page below https://registry.terraform.io/providers/hashicorp/google/6.50.0/docs. */
const TYPES: Readonly<Record<string, (resource: ReviewedResource) => CloudRun>> = {
  google_cloud_run_service: (resource) => {
    const { known } = resource;
    const spec = blocks(argumentAt(known, 'template', 'spec'))[0] ?? {};
    const annotation = (name: string) =>
      argumentAt(known, 'metadata', 'annotations', `${ANNOTATION}/${name}`);
    return {
      kind: 'service',
      name: named(resource, 'services'),
      account: spec.service_account_name,
      containers: blocks(spec.containers),
      ingress: text(annotation('ingress')) ?? 'all',
      unchecked: mayBeTrue(annotation('invoker-iam-disabled')),
      bounds: {
        instances: argumentAt(
          known,
          'template',
          'metadata',
          'annotations',
          'autoscaling.knative.dev/maxScale',
        ),
        concurrency: spec.container_concurrency,
        timeoutSeconds: spec.timeout_seconds,
      },
      oldRevisions: blocks(known.traffic)
        .filter((one) => !isTrue(one.latest_revision) || one.revision_name !== undefined)
        .map((one) => revisionOf(one.revision_name)),
    };
  },
  google_cloud_run_v2_service: (resource) => {
    const { known } = resource;
    const template = blocks(known.template)[0] ?? {};
    const timeout = text(template.timeout);
    return {
      kind: 'service',
      name: named(resource, 'services'),
      account: template.service_account,
      containers: blocks(template.containers),
      ingress: ingressOf(known.ingress, 'INGRESS_TRAFFIC_'),
      unchecked: mayBeTrue(known.invoker_iam_disabled),
      bounds: {
        instances: argumentAt(template, 'scaling', 'max_instance_count'),
        concurrency: template.max_instance_request_concurrency,
        timeoutSeconds: timeout?.replace(/s$/, '') ?? template.timeout,
      },
      oldRevisions: blocks(known.traffic)
        .filter((one) => one.type !== 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST')
        .map((one) => revisionOf(one.revision)),
    };
  },
  google_cloud_run_v2_job: (resource) => {
    const spec = blocks(argumentAt(resource.known, 'template', 'template'))[0] ?? {};
    return { kind: 'job', name: named(resource, 'jobs'), ...withoutAddress(spec) };
  },
  google_cloud_run_v2_worker_pool: (resource) => {
    const template = blocks(resource.known.template)[0] ?? {};
    return { kind: 'worker pool', name: named(resource, 'workerPools'), ...withoutAddress(template) };
  },
  google_cloudfunctions2_function: (resource) => {
    const { known } = resource;
    const config = blocks(known.service_config)[0] ?? {};
    const image = argumentAt(known, 'build_config', 'source', 'storage_source');
    const variables = Object.entries(blocks(config.environment_variables)[0] ?? {});
    return {
      kind: 'function',
      name: named(resource, 'functions'),
      account: config.service_account_email,
      containers: [{ image: sourceOf(image), env: variables.map(([name, value]) => ({ name, value })) }],
      ingress: ingressOf(config.ingress_settings, 'ALLOW_'),
      unchecked: false,
      bounds: undefined,
      oldRevisions: [],
    };
  },
};

/** What a resource runs on Cloud Run; undefined for a resource that is none of its types. */
export function cloudRunOf(resource: ReviewedResource): CloudRun | undefined {
  return Object.hasOwn(TYPES, resource.type) ? TYPES[resource.type]?.(resource) : undefined;
}

function named({ known, project }: ReviewedResource, collection: string): string {
  return `projects/${project ?? 'unknown'}/locations/${known.location}/${collection}/${known.name}`;
}

function withoutAddress(spec: Arguments): Omit<CloudRun, 'kind' | 'name'> {
  return {
    account: spec.service_account,
    containers: blocks(spec.containers),
    ingress: undefined,
    unchecked: false,
    bounds: undefined,
    oldRevisions: [],
  };
}

/** An expression may switch it on. */
function mayBeTrue(value: unknown): boolean {
  return isTrue(value) || isUnknown(value);
}

/** Each type has words of its own: INGRESS_TRAFFIC_INTERNAL_ONLY, ALLOW_INTERNAL_ONLY. */
function ingressOf(value: unknown, prefix: string): string {
  const word = text(value)?.replace(prefix, '') ?? 'ALL';
  if (word === 'INTERNAL_ONLY') return 'internal';
  return /^INTERNAL_(?:LOAD_BALANCER|AND_GCLB)$/.test(word) ? 'internal-and-cloud-load-balancing' : 'all';
}

function revisionOf(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
}

/** `gs://BUCKET/OBJECT`, which Cloud Build makes an image of. */
function sourceOf(source: unknown): string {
  const { bucket, object } = blocks(source)[0] ?? (isMap(source) ? source : {});
  return `gs://${String(bucket)}/${String(object)}`;
}
