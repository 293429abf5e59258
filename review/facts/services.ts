import { bucketResourceName } from './grant-targets.ts';
import type { Service } from './model.ts';
import type { ReviewedResource } from './resources.ts';

/** One block, whether it is written alone or as a list of one. */
function block(value: unknown): Readonly<Record<string, unknown>> {
  const [first] = Array.isArray(value) ? value : [value];
  return typeof first === 'object' && first !== null ? (first as Record<string, unknown>) : {};
}

/** Who a service without a service account runs as: an Editor of the project, unless an organization forbids it. */
const DEFAULT_IDENTITY = 'the default compute service account';

/** Every Cloud Run service, with what its environment says about its secret. */
export function servicesOf(resources: readonly ReviewedResource[]): Service[] {
  return resources.filter(({ type }) => type === 'google_cloud_run_service').map(serviceOf);
}

function serviceOf({ known, project, stack, address, path }: ReviewedResource): Service {
  const spec = block(block(known.template).spec);
  const container = block(spec.containers);
  const environment = environmentOf(container.env);
  const email = spec.service_account_name;
  const { BUCKET_NAME: bucket, OBJECT_NAME: object, KMS_KEY_ID: key } = environment;
  const isComplete = bucket !== undefined && object !== undefined && key !== undefined;
  return {
    name: `projects/${project ?? 'unknown'}/locations/${known.location}/services/${known.name}`,
    identity: typeof email === 'string' ? `serviceAccount:${email}` : DEFAULT_IDENTITY,
    image: String(container.image),
    pageValues: environment.PAGE_VALUES ?? null,
    secret: isComplete ? { object: `${bucketResourceName(bucket)}/objects/${object}`, key } : null,
    stack,
    address,
    path,
  };
}

function environmentOf(env: unknown): Partial<Record<string, string>> {
  const variables = (Array.isArray(env) ? env : []).map(block);
  return Object.fromEntries(variables.map(({ name, value }) => [String(name), String(value)]));
}
