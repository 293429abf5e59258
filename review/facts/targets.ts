import { grantedOn } from './access.ts';
import { bucketResourceName, grantTarget, keyRingName, serviceAccountName } from './grant-targets.ts';
import type { Target } from './model.ts';
import type { ReviewedResource } from './resources.ts';
import { cloudRunOf } from './run-types.ts';

/** What a resource of Terraform is in Google Cloud: its kind and its full resource name. */
export function targetOf(resource: ReviewedResource): Target {
  const base = grantedOn(resource);
  const run = cloudRunOf(resource);
  if (run) return { kind: `Cloud Run ${run.kind}`, name: run.name };
  const target = base === undefined ? TARGETS[resource.type]?.(resource) : grantOf(base, resource);
  return target ?? { kind: wordsOf(resource.type), name: nameOf(resource) };
}

function grantOf(base: string, resource: ReviewedResource): Target {
  const { name } = grantTarget(base, resource).target;
  const { role, member } = resource.known;
  return { kind: 'grant', name: `${role ?? 'policy'} on ${name} to ${member ?? 'several principals'}` };
}

function nameOf({ known, address }: ReviewedResource): string {
  const name = known.name ?? known.display_name ?? known.service;
  return typeof name === 'string' ? name : address;
}

function wordsOf(type: string): string {
  return type.replace(/^google_/, '').replaceAll('_', ' ');
}

const TARGETS: Readonly<Record<string, (resource: ReviewedResource) => Target>> = {
  google_artifact_registry_repository: ({ known, project }) => ({
    kind: 'image repository',
    name: `projects/${project}/locations/${known.location}/repositories/${known.repository_id}`,
  }),
  google_kms_crypto_key: ({ known, project }) => ({
    kind: 'key',
    name: `${keyRingName(known.key_ring, project) ?? known.key_ring}/cryptoKeys/${known.name}`,
  }),
  google_kms_key_ring: ({ known, project }) => ({
    kind: 'key ring',
    name: `projects/${project}/locations/${known.location}/keyRings/${known.name}`,
  }),
  google_project_service: ({ known }) => ({ kind: 'API', name: String(known.service) }),
  google_service_account: ({ known, project }) => ({
    kind: 'service account',
    name: serviceAccountName(`${known.account_id}@${project}.iam.gserviceaccount.com`),
  }),
  google_storage_bucket: ({ known }) => ({ kind: 'bucket', name: bucketResourceName(String(known.name)) }),
  google_storage_bucket_object: ({ known }) => ({
    kind: 'object',
    name: `${bucketResourceName(String(known.bucket))}/objects/${known.name}`,
  }),
};
