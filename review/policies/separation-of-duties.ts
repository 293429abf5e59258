import { blocks } from '../facts/blocks.ts';
import type { Access } from '../facts/model.ts';
import type { ReviewedService } from './cloud-run-services.ts';
import type { Violation } from './policy.ts';
import type { ReviewedApp } from './reviewed-app.ts';

const BOTH = [
  'roles/owner',
  'roles/cloudkms.cryptoOperator',
  'roles/cloudkms.cryptoKeyEncrypterDecrypter',
  'roles/cloudkms.cryptoKeyEncrypterDecrypterViaDelegation',
];

/**
 * What roles let their holder do with a key, by https://cloud.google.com/iam/docs/roles-permissions/cloudkms.
 * Whoever sets IAM policies can give itself the rest, and so counts as an administrator.
 */
const DUTIES = {
  decrypt: new Set([
    ...BOTH,
    'roles/cloudkms.cryptoKeyDecrypter',
    'roles/cloudkms.cryptoKeyDecrypterViaDelegation',
  ]),
  encrypt: new Set([
    ...BOTH,
    'roles/cloudkms.cryptoKeyEncrypter',
    'roles/cloudkms.cryptoKeyEncrypterViaDelegation',
  ]),
  manage: new Set([
    'roles/owner',
    'roles/editor',
    'roles/cloudkms.admin',
    'roles/iam.securityAdmin',
    'roles/resourcemanager.projectIamAdmin',
  ]),
} as const;

/**
 * Accounts by which Google's own services act. Customer-managed encryption needs both duties in one of them,
 * https://cloud.google.com/storage/docs/encryption/customer-managed-keys#service-agents.
 */
const SERVICE_AGENT =
  /^serviceAccount:(?:.*@(?:gs-project-accounts|gcp-sa-[a-z0-9-]+)\.iam\.gserviceaccount\.com$|\$\{(?:data\.google_storage_project_service_account|google_project_service_identity)\.)/;

/** Principals that may decrypt, and also encrypt or manage, with one and the same key. */
export function mixedDuties(app: ReviewedApp): Violation[] {
  const configKeys = new Set(app.services.flatMap(keysOf));
  const reachesKeys = app.access.filter(({ resource }) => SCOPES.has(resource.kind));
  return [...Map.groupBy(reachesKeys, ({ principal }) => principal).values()].flatMap((grants) =>
    grants
      .filter(({ role }) => DUTIES.decrypt.has(role))
      .filter(({ principal, resource }) => !SERVICE_AGENT.test(principal) || configKeys.has(resource.name))
      .flatMap((decrypt) => conflicts(decrypt, grants)),
  );
}

function conflicts(decrypt: Access, grants: readonly Access[]): Violation[] {
  return (['encrypt', 'manage'] as const).flatMap((duty) =>
    grants
      .filter((other) => DUTIES[duty].has(other.role) && overlap(decrypt, other))
      .map((other) => {
        const by = other === decrypt ? 'by the same role' : `(${other.role}, ${other.path})`;
        // Who wrote down why has thought of it; whoever reviews decides whether that will do.
        const why = other === decrypt && decrypt.reason ? `: ${decrypt.reason.replace(/\.$/, '')}` : '';
        const found = `${decrypt.principal} may decrypt (${decrypt.role}) and ${duty} ${by}${why}`;
        return { at: decrypt, found };
      }),
  );
}

/** The keys that a service decrypts with. */
function keysOf({ containers, facts }: ReviewedService): string[] {
  const named = containers.flatMap(({ env }) => blocks(env)).filter(({ name }) => name === 'KMS_KEY_ID');
  return [...named.map(({ value }) => String(value)), ...facts.secrets.map(({ key }) => key)];
}

/** Where in the resource hierarchy a grant reaches keys. */
const SCOPES = new Set(['key', 'key ring', 'project', 'folder', 'organization']);

function overlap(one: Access, other: Access): boolean {
  return holds(one, other) || holds(other, one);
}

/** Folders and organizations hold projects that are not named here, so they count as holding every key. */
function holds({ resource: outer }: Access, { resource: inner }: Access): boolean {
  const isAboveProjects = outer.kind === 'folder' || outer.kind === 'organization';
  return isAboveProjects || inner.name === outer.name || inner.name.startsWith(`${outer.name}/`);
}
