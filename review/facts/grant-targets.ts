import { isUnknown } from '../terraform/values.ts';
import type { Target } from './model.ts';
import { withoutService } from './names.ts';
import type { ReviewedResource } from './resources.ts';

/** What a grant is on, and whether that is certain. */
export interface GrantTarget {
  readonly target: Target;
  readonly certain: boolean;
}

type Arguments = ReviewedResource['known'];
type Known = string | undefined;

/** The argument as text; undefined when it is unknown or missing. */
function text(value: unknown): Known {
  const known = isUnknown(value) ? value.sameAs : value;
  return typeof known === 'string' && known !== '' ? withoutService(known) : undefined;
}

/** How an unknown argument is shown. */
function shown(value: unknown): string {
  return value === undefined || value === null ? 'unknown' : String(value);
}

/** Full names below a project and location in any of the forms that the provider takes. */
function located(args: Arguments, project: Known, collection: string, value: unknown): Known {
  const name = text(value);
  const parts = name?.split('/') ?? [];
  const [last] = parts.slice(-1);
  const full = new RegExp(`^projects/([^/]+)/locations/([^/]+)/${collection}/([^/]+)$`).exec(name ?? '');
  const knative =
    /^(?:locations|namespaces)\/([^/]+)\/(?:namespaces|services)\/([^/]+)(?:\/services\/([^/]+))?$/.exec(
      name ?? '',
    );
  const location = text(args.location);
  if (full) return `projects/${full[1]}/locations/${full[2]?.toLowerCase()}/${collection}/${full[3]}`;
  if (knative?.[3]) return `projects/${knative[2]}/locations/${knative[1]}/${collection}/${knative[3]}`;
  if (parts.length === 3) return `projects/${parts[0]}/locations/${parts[1]}/${collection}/${last}`;
  if (parts.length === 2 && project) return `projects/${project}/locations/${parts[0]}/${collection}/${last}`;
  if (parts.length !== 1 || !project || !location) return undefined;
  return `projects/${project}/locations/${location.toLowerCase()}/${collection}/${last}`;
}

const COLLECTIONS = ['projects', 'locations', 'keyRings', 'cryptoKeys'];

/** Keys and key rings: also `PROJECT/LOCATION/RING/KEY`, and without the project. */
function kmsName(value: unknown, project: Known, depth: 3 | 4): Known {
  const name = text(value)?.replace(/\/cryptoKeyVersions\/[^/]+$/, '');
  if (name === undefined) return undefined;
  const parts = name.split('/');
  const isFull =
    parts.length === depth * 2 &&
    COLLECTIONS.slice(0, depth).every((word, index) => parts[index * 2] === word);
  if (isFull) return name;
  const short = parts.length === depth - 1 && project ? [project, ...parts] : parts;
  return short.length === depth
    ? short.map((part, index) => `${COLLECTIONS[index]}/${part}`).join('/')
    : undefined;
}

/** The full name of a key ring, in whatever form it is written. */
export function keyRingName(value: unknown, project: string | undefined): string | undefined {
  return kmsName(value, project, 3);
}

/** The resource name of a bucket, https://cloud.google.com/storage/docs/access-control/iam-reference. */
export function bucketResourceName(bucket: string): string {
  return `projects/_/buckets/${bucket}`;
}

/** `NAME`, `b/NAME`, `gs://NAME` or the full name. */
function bucketName(value: unknown): Known {
  const name = text(value)
    ?.replace(/^(?:gs:\/\/|b\/|projects\/[^/]+\/buckets\/)/, '')
    .replace(/\/$/, '');
  return name === undefined || name.includes('/') ? undefined : bucketResourceName(name.toLowerCase());
}

/** The resource name of a service account, without the project, which the email says as well. */
export function serviceAccountName(email: string): string {
  return `projects/-/serviceAccounts/${email.toLowerCase()}`;
}

/** A unique id names an account that is unknown here. */
function accountName(value: unknown): Known {
  const email = text(value)?.split('/').at(-1);
  return email?.includes('@') ? serviceAccountName(email) : undefined;
}

const prefixed = (prefix: string, value: unknown): Known => {
  const name = text(value);
  return name === undefined ? undefined : `${prefix}/${name.replace(`${prefix}/`, '')}`;
};

interface TargetType {
  readonly kind: string;
  /** The argument that names it. */
  readonly argument: string;
  readonly name: (args: Arguments, project: Known, value: unknown) => Known;
}

const service: TargetType['name'] = (args, project, value) => located(args, project, 'services', value);

/** What each kind of `*_iam_member`, `*_iam_binding` and `*_iam_policy` is about, by what stands before `_iam_`. */
const TARGETS: Readonly<Record<string, TargetType>> = {
  google_artifact_registry_repository: {
    kind: 'image repository',
    argument: 'repository',
    name: (args, project, value) => located(args, project, 'repositories', value),
  },
  google_cloud_run_service: { kind: 'Cloud Run service', argument: 'service', name: service },
  google_cloud_run_v2_service: { kind: 'Cloud Run service', argument: 'name', name: service },
  google_cloud_run_v2_job: {
    kind: 'Cloud Run job',
    argument: 'name',
    name: (args, project, value) => located(args, project, 'jobs', value),
  },
  google_cloud_run_v2_worker_pool: {
    kind: 'Cloud Run worker pool',
    argument: 'name',
    name: (args, project, value) => located(args, project, 'workerPools', value),
  },
  google_cloudfunctions2_function: {
    kind: 'Cloud Run function',
    argument: 'cloud_function',
    name: (args, project, value) => located(args, project, 'functions', value),
  },
  google_folder: { kind: 'folder', argument: 'folder', name: (_, __, value) => prefixed('folders', value) },
  google_kms_crypto_key: {
    kind: 'key',
    argument: 'crypto_key_id',
    name: (_, project, value) => kmsName(value, project, 4),
  },
  google_kms_key_ring: {
    kind: 'key ring',
    argument: 'key_ring_id',
    name: (_, project, value) => kmsName(value, project, 3),
  },
  google_organization: {
    kind: 'organization',
    argument: 'org_id',
    name: (_, __, value) => prefixed('organizations', value),
  },
  google_project: {
    kind: 'project',
    argument: 'project',
    name: (_, project) => (project === undefined ? undefined : `projects/${project}`),
  },
  google_service_account: {
    kind: 'service account',
    argument: 'service_account_id',
    name: (_, __, value) => accountName(value),
  },
  google_storage_bucket: { kind: 'bucket', argument: 'bucket', name: (_, __, value) => bucketName(value) },
};

/** Whether this review follows grants on such a resource to the secrets behind it. */
export function isFollowed(base: string): boolean {
  return Object.hasOwn(TARGETS, base);
}

/** The argument that says what such a grant is on. */
export function targetArgument(base: string): string | undefined {
  return TARGETS[base]?.argument;
}

/** What a grant is on. `base` is the type before `_iam_`; other types than those above are named by their arguments. */
export function grantTarget(base: string, { known, project }: ReviewedResource): GrantTarget {
  const type = TARGETS[base];
  if (type) {
    const name = type.name(known, project, known[type.argument]);
    const fallback = shown(known[type.argument]);
    return { target: { kind: type.kind, name: name ?? fallback }, certain: name !== undefined };
  }
  const words = new Set(['member', 'members', 'role', 'condition', 'policy_data']);
  const names = Object.entries(known).filter(
    ([name, value]) => !words.has(name) && (typeof value === 'string' || isUnknown(value)),
  );
  return {
    target: {
      kind: base.replace(/^google_/, '').replaceAll('_', ' '),
      name: names.map(([, value]) => String(value)).join('/'),
    },
    certain: names.every(([, value]) => !isUnknown(value)),
  };
}
