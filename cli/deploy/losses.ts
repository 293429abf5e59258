import type { PlannedChange, PlannedChanges, Values } from './plan.ts';
import type { DeployedSecret } from './secrets.ts';

/** Something of a secret that an apply takes away. */
export interface Loss {
  /** By which it is named and confirmed: the bucket of the secret, else the name of the key. */
  readonly name: string;
  readonly kind: 'bucket' | 'object' | 'key' | 'grant' | 'identity';
  readonly address: string;
  /** What happens, as a sentence. */
  readonly text: string;
  /** For how long Google keeps what is gone; 0 for not at all. */
  readonly restorableDays: number;
}

/** Roles without which a service cannot have its secret. */
const NEEDED_ROLES = ['roles/cloudkms.cryptoKeyDecrypter', 'roles/storage.objectViewer'];

/** A destroyed version of a key can be restored for this long by default. */
const KEY_DAYS = 30;

/** For how long a deleted service account can be had back, with its numeric id. */
const IDENTITY_DAYS = 30;

const DAY_SECONDS = 24 * 60 * 60;

/** What a plan takes away of any secret, whether there is something in it or not. */
export function lossesOf({ changes }: PlannedChanges, secrets: readonly DeployedSecret[]): Loss[] {
  return changes.flatMap((change) => {
    const { action, address, type, before } = change;
    if (!before) return [];
    if (action === 'changed' && type === 'google_storage_bucket') return shorterLives(change);
    if (action !== 'destroyed' && action !== 'replaced') return [];
    // What runs has its account and its grants until the next revision is ready.
    if (change.isReplacedFirst && (type.endsWith('_iam_member') || type === 'google_service_account'))
      return [];
    const how = action === 'destroyed' ? 'is destroyed' : `is replaced${reasonOf(change)}`;
    const loss = lossOf(type, before, how, secrets);
    return loss ? [{ ...loss, address }] : [];
  });
}

function lossOf(
  type: string,
  before: Values,
  how: string,
  secrets: readonly DeployedSecret[],
): Omit<Loss, 'address'> | undefined {
  const text = (name: string) => String(before[name] ?? '');
  switch (type) {
    case 'google_storage_bucket':
      return {
        name: text('name'),
        kind: 'bucket',
        text: `gs://${text('name')} ${how}, with every generation in it`,
        restorableDays: softDeleteDays(before),
      };
    case 'google_storage_bucket_object':
      // Terraform forgets it, and it stays.
      if (before.deletion_policy === 'ABANDON') return undefined;
      return {
        name: text('bucket'),
        kind: 'object',
        text: `gs://${text('bucket')}/${text('name')} ${how}: its live generation is deleted`,
        restorableDays: 0,
      };
    case 'google_kms_key_ring':
    case 'google_kms_crypto_key':
    case 'google_kms_crypto_key_version': {
      const key = text('id') || text('name');
      const what = 'what it encrypted can never be decrypted again';
      return {
        name: nameOfKey(key, secrets),
        kind: 'key',
        text: `${key} ${how}: ${what}`,
        restorableDays: KEY_DAYS,
      };
    }
    case 'google_kms_crypto_key_iam_member':
    case 'google_storage_bucket_iam_member': {
      if (!NEEDED_ROLES.includes(text('role'))) return undefined;
      const bucket = text('bucket').replace(/^b\//, '');
      const name = bucket || nameOfKey(text('crypto_key_id'), secrets);
      const where = bucket ? `gs://${bucket}` : text('crypto_key_id');
      return {
        name,
        kind: 'grant',
        text: `the grant of ${text('role')} on ${where} to ${text('member')} ${how}`,
        restorableDays: 0,
      };
    }
    case 'google_service_account':
      return {
        name: secrets[0]?.bucket ?? text('email'),
        kind: 'identity',
        text: `${text('email')} ${how}: one of the same name is another principal`,
        restorableDays: IDENTITY_DAYS,
      };
    default:
      return undefined;
  }
}

/** A rule that deletes what is live, which the bucket did not have. */
function shorterLives({ address, before, after, because }: PlannedChange): Loss[] {
  if (!because.includes('lifecycle_rule') || !deletesLive(after) || deletesLive(before)) return [];
  const name = String(before?.name);
  const text = `gs://${name} gets a lifecycle rule that deletes live generations`;
  return [{ name, kind: 'bucket', address, text, restorableDays: softDeleteDays(before ?? {}) }];
}

function deletesLive(bucket: Values | undefined): boolean {
  const rules = (bucket?.lifecycle_rule ?? []) as {
    action?: { type?: string }[];
    condition?: { with_state?: string; num_newer_versions?: number }[];
  }[];
  return rules.some(({ action, condition }) => {
    const [limits = {}] = condition ?? [];
    return action?.[0]?.type === 'Delete' && limits.with_state !== 'ARCHIVED' && !limits.num_newer_versions;
  });
}

function reasonOf({ because }: PlannedChange): string {
  return because.length > 0 ? `, because its ${because.join(', ')} changes` : '';
}

function softDeleteDays({ soft_delete_policy: policies }: Values): number {
  const [policy] = (policies ?? []) as { retention_duration_seconds?: number | string }[];
  return Math.floor(Number(policy?.retention_duration_seconds ?? 0) / DAY_SECONDS);
}

/** The bucket of a secret that the key, or a key of the ring, belongs to. */
function nameOfKey(key: string, secrets: readonly DeployedSecret[]): string {
  const secret = secrets.find((one) => one.key === key || one.key.startsWith(`${key}/`));
  return secret?.bucket ?? key.split('/').at(-1) ?? key;
}

/** An object that an apply makes from a file of this machine. */
export interface Upload {
  readonly secret: DeployedSecret;
  /** Where the secret lived by Terraform's state, when it is known there. */
  readonly before: { readonly bucket: string; readonly object: string } | undefined;
}

/** The secrets that an apply uploads from their files. */
export function uploadsOf({ changes }: PlannedChanges, secrets: readonly DeployedSecret[]): Upload[] {
  return changes.flatMap(({ action, type, before, after }) => {
    if (type !== 'google_storage_bucket_object' || (action !== 'added' && action !== 'replaced')) return [];
    const secret = secrets.find(({ object }) => object === after?.name);
    if (!secret) return [];
    const place = before && { bucket: String(before.bucket), object: String(before.name) };
    return [{ secret, before: place }];
  });
}

/**
 * What Terraform leaves alone, and the service would miss: objects and grants whose bucket is replaced under them, and
 * objects that the stack wants at another place, all of whose changes are ignored. Addresses for `-replace`.
 *
 * @param stack the synthesized stack
 */
export function leftBehind(
  { changes, unchanged }: PlannedChanges,
  stack: Readonly<Record<string, unknown>>,
): string[] {
  const replaced = changes
    .filter(({ action, type }) => action === 'replaced' && type === 'google_storage_bucket')
    .map(({ before }) => String(before?.name));
  const objects = (stack.resource as Record<string, Record<string, Values>> | undefined)?.[OBJECT] ?? {};
  return unchanged
    .filter(({ address, type, before }) => {
      if (type !== OBJECT && type !== 'google_storage_bucket_iam_member') return false;
      if (replaced.includes(String(before.bucket).replace(/^b\//, ''))) return true;
      const wanted = type === OBJECT ? objects[address.slice(OBJECT.length + 1)] : undefined;
      return ['bucket', 'name'].some((name) => isElsewhere(wanted?.[name], before[name]));
    })
    .map(({ address }) => address);
}

const OBJECT = 'google_storage_bucket_object';

/** What is said by a reference follows what it refers to. */
function isElsewhere(wanted: unknown, actual: unknown): boolean {
  return typeof wanted === 'string' && !wanted.includes('${') && wanted !== actual;
}

/**
 * Resources of another project that a plan destroys or replaces: then the state is not the one of these settings.
 *
 * @returns the other projects, by resource address
 */
export function foreignProjects({ changes }: PlannedChanges, projectId: string): ReadonlyMap<string, string> {
  const found = changes.flatMap(({ action, address, before }) => {
    const project = before?.project;
    const isForeign = typeof project === 'string' && project !== projectId;
    return isForeign && (action === 'destroyed' || action === 'replaced')
      ? [[address, project] as const]
      : [];
  });
  return new Map(found);
}
