import { setTimeout as sleep } from 'node:timers/promises';
import Type, { type Static } from 'typebox';
import { createUnlessExists, type GoogleApi, includes } from '../api.ts';
import { addMember, IAM_MEMBER_ARGUMENTS, type Policy } from '../iam-policy.ts';
import { resourceType, withAttribution } from '../resource-type.ts';
import { knativeSpec, ServiceArguments } from './run-service-spec.ts';

interface Condition {
  readonly type: string;
  readonly status?: string;
  readonly message?: string;
}

interface KnativeService {
  readonly metadata: {
    readonly generation: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: object;
  };
  readonly spec: { readonly template: { readonly metadata?: { readonly labels?: object } } };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
    readonly url?: string;
    readonly latestReadyRevisionName?: string;
    readonly latestCreatedRevisionName?: string;
  };
}

const FIRST_POLL_MILLISECONDS = 20;
/** The cloud is on this machine: to ask costs less than to learn late. */
const LAST_POLL_MILLISECONDS = 50;
/** The provider's own timeout for creating and updating this resource. */
const TIMEOUT_MILLISECONDS = 20 * 60 * 1000;

/**
 * A Cloud Run service in its Knative shape (v1). Waits until its latest revision is ready; the failure of one is the
 * failure of the resource, in Cloud Run's own words
 * (https://cloud.google.com/run/docs/reference/rest/v1/namespaces.services).
 */
export const cloudRunService = resourceType({
  arguments: ServiceArguments,
  async apply(args, { api, project: defaultProject }) {
    const project = args.project ?? defaultProject;
    const collection = `/run/${args.location}/apis/serving.knative.dev/v1/namespaces/${project}/services`;
    const path = `${collection}/${args.name}`;
    const desired = knativeService(args);
    const created = await createUnlessExists(api, collection, { json: desired });
    if (created === undefined) await updateService(api, path, desired);
    const { status } = await waitUntilReady(api, path);
    return {
      id: `locations/${args.location}/namespaces/${project}/services/${args.name}`,
      project,
      status: [
        {
          url: status?.url,
          latest_ready_revision_name: status?.latestReadyRevisionName,
          latest_created_revision_name: status?.latestCreatedRevisionName,
        },
      ],
    };
  },
});

/** A grant on one Cloud Run service. */
export const cloudRunServiceIamMember = resourceType({
  arguments: Type.Object(
    {
      service: Type.String(),
      location: Type.String(),
      project: Type.Optional(Type.String()),
      ...IAM_MEMBER_ARGUMENTS,
    },
    { additionalProperties: false },
  ),
  async apply({ service, location, project: ownProject, ...grant }, { api, project }) {
    const id = `projects/${ownProject ?? project}/locations/${location}/services/${service}`;
    return addMember(id, grant, {
      get: () => api.request<Policy>('GET', `/run/v1/${id}:getIamPolicy`),
      set: (policy) => api.request('POST', `/run/v1/${id}:setIamPolicy`, { json: { policy } }),
    });
  },
});

function knativeService(args: Static<typeof ServiceArguments>) {
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: {
      name: args.name,
      labels: withAttribution(args.metadata?.labels),
      annotations: { ...args.metadata?.annotations },
    },
    spec: knativeSpec(args),
  };
}

async function updateService(
  api: GoogleApi,
  path: string,
  desired: ReturnType<typeof knativeService>,
): Promise<void> {
  const existing = await api.request<KnativeService>('GET', path);
  if (includes(existing, desired) && includes(desired.spec, asWritten(existing.spec))) return;
  const metadata = {
    ...existing.metadata,
    labels: { ...existing.metadata.labels, ...desired.metadata.labels },
    annotations: { ...existing.metadata.annotations, ...desired.metadata.annotations },
  };
  await api.request('PUT', path, { json: { ...desired, metadata } });
}

/** A spec without the labels that Cloud Run adds to its template. */
function asWritten({ template, ...spec }: KnativeService['spec']): object {
  const { labels: _, ...metadata } = template.metadata ?? {};
  return { ...spec, template: { ...template, metadata } };
}

async function waitUntilReady(api: GoogleApi, path: string): Promise<KnativeService> {
  const deadline = Date.now() + TIMEOUT_MILLISECONDS;
  for (let wait = FIRST_POLL_MILLISECONDS; ; wait = Math.min(wait * 1.5, LAST_POLL_MILLISECONDS)) {
    const service = await api.request<KnativeService>('GET', path);
    const observed = service.status?.observedGeneration === service.metadata.generation;
    const ready = service.status?.conditions?.find(({ type }) => type === 'Ready');
    if (observed && ready?.status === 'True') return service;
    if (observed && ready?.status === 'False') throw new Error(ready.message ?? 'the service is not ready');
    if (Date.now() > deadline) throw new Error('the service is still not ready after 20 minutes');
    await sleep(wait, undefined, { signal: api.signal });
  }
}
