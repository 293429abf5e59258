import type { Target } from './model.ts';
import type { ReviewedResource } from './resources.ts';

type Arguments = ReviewedResource['known'];

const text = (value: unknown): string => (typeof value === 'string' ? value : 'unknown');
const last = (value: unknown): string => text(value).split('/').at(-1) ?? '';

/** Full resource name below a project and location; the argument may be that name already. */
function located(args: Arguments, project: string | undefined, collection: string, name: unknown): string {
  if (text(name).startsWith('projects/')) return text(name);
  return `projects/${project ?? 'unknown'}/locations/${text(args.location)}/${collection}/${text(name)}`;
}

/** Keys and key rings may also be written without the words in between: `PROJECT/LOCATION/RING/KEY`. */
function kmsName(value: unknown, depth: 3 | 4): string {
  const parts = text(value).split('/');
  if (parts.length !== depth) return text(value);
  const collections = ['projects', 'locations', 'keyRings', 'cryptoKeys'];
  return parts.map((part, index) => `${collections[index]}/${part}`).join('/');
}

/** The resource name of a bucket, https://cloud.google.com/storage/docs/access-control/iam-reference. */
export function bucketResourceName(bucket: string): string {
  return `projects/_/buckets/${bucket}`;
}

/** What each kind of `*_iam_member`, `*_iam_binding` and `*_iam_policy` is about, by what stands before `_iam_`. */
const TARGETS: Readonly<Record<string, (args: Arguments, project: string | undefined) => Target>> = {
  google_artifact_registry_repository: (args, project) => ({
    kind: 'image repository',
    name: located(args, project, 'repositories', args.repository),
  }),
  google_cloud_run_service: (args, project) => ({
    kind: 'Cloud Run service',
    name: located(args, project, 'services', args.service),
  }),
  google_folder: (args) => ({ kind: 'folder', name: text(args.folder) }),
  google_kms_crypto_key: (args) => ({ kind: 'key', name: kmsName(args.crypto_key_id, 4) }),
  google_kms_key_ring: (args) => ({ kind: 'key ring', name: kmsName(args.key_ring_id, 3) }),
  google_organization: (args) => ({ kind: 'organization', name: `organizations/${text(args.org_id)}` }),
  google_project: (_, project) => ({ kind: 'project', name: `projects/${project ?? 'unknown'}` }),
  google_service_account: (args) => ({
    kind: 'service account',
    name: serviceAccountName(last(args.service_account_id)),
  }),
  google_storage_bucket: (args) => ({ kind: 'bucket', name: bucketResourceName(last(args.bucket)) }),
};

/** The resource name of a service account, without the project, which the email says as well. */
export function serviceAccountName(email: string): string {
  return `projects/-/serviceAccounts/${email}`;
}

/** Whether this review follows grants on such a resource to the secrets behind it. */
export function isFollowed(base: string): boolean {
  return Object.hasOwn(TARGETS, base);
}

/** What a grant is on. `base` is the type before `_iam_`; other types than those above are named by their arguments. */
export function grantTarget(base: string, { known, project }: ReviewedResource): Target {
  const target = TARGETS[base];
  if (target) return target(known, project);
  const words = new Set(['member', 'members', 'role', 'condition', 'policy_data']);
  const names = Object.entries(known).filter(
    ([name, value]) => !words.has(name) && typeof value === 'string',
  );
  return {
    kind: base.replace(/^google_/, '').replaceAll('_', ' '),
    name: names.map(([, value]) => value).join('/'),
  };
}
