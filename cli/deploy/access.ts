import type { PlannedChange, PlannedChanges, Values } from './plan.ts';

/** Somebody gets to more, or to less. */
export interface AccessChange {
  readonly direction: 'gained' | 'lost';
  /** As a sentence. */
  readonly text: string;
}

/** Types that give a role to somebody on a resource. */
const GRANT = /_iam_(member|binding|policy)$/;

/** Arguments of a resource by which more can be reached than before, without a grant. */
const EXPOSING: Readonly<Record<string, readonly string[]>> = {
  google_storage_bucket: ['public_access_prevention', 'uniform_bucket_level_access'],
  google_cloud_run_service: ['metadata', 'template'],
};

/**
 * Who gains and loses access by an apply, in the plan's own values: expressions are resolved there. A grant of which a
 * part is known only afterwards counts as gained.
 */
export function accessChanges({ changes }: PlannedChanges): AccessChange[] {
  return changes.flatMap((change) => {
    if (GRANT.test(change.type)) return grantChanges(change);
    return exposures(change);
  });
}

function grantChanges({ before, after, action }: PlannedChange): AccessChange[] {
  const had = before ? grantsOf(before) : [];
  const has = after && action !== 'destroyed' && action !== 'forgotten' ? grantsOf(after) : [];
  return [
    ...has.filter((text) => !had.includes(text)).map((text) => ({ direction: 'gained' as const, text })),
    ...had.filter((text) => !has.includes(text)).map((text) => ({ direction: 'lost' as const, text })),
  ];
}

/** `MEMBER: ROLE on RESOURCE`, one for each member. */
function grantsOf(values: Values): string[] {
  const members = [values.member, values.members].flat().filter((member) => typeof member === 'string');
  const role = String(values.role ?? 'the roles of a policy');
  const [condition] = (values.condition ?? []) as { expression?: string }[];
  const when = condition?.expression ? ` if ${condition.expression}` : '';
  const all = members.length > 0 ? members : ['whom only the apply will tell'];
  return all.map((member) => `${member}: ${role} on ${targetOf(values)}${when}`);
}

/** What a grant is on: the argument that is neither who nor what. */
function targetOf(values: Values): string {
  const names = [
    'crypto_key_id',
    'key_ring_id',
    'service_account_id',
    'bucket',
    'repository',
    'service',
    'name',
    'project',
  ];
  const name = names.find((one) => typeof values[one] === 'string');
  if (name === undefined) return 'what only the apply will tell';
  return name === 'bucket' ? `gs://${String(values.bucket).replace(/^b\//, '')}` : String(values[name]);
}

function exposures({ type, address, action, before, after }: PlannedChange): AccessChange[] {
  if (action !== 'changed' && action !== 'replaced') return [];
  return (EXPOSING[type] ?? []).flatMap((name) => {
    const [was, is] = [exposureOf(name, before), exposureOf(name, after)];
    if (was === is) return [];
    return [
      {
        direction: 'gained' as const,
        text: `${address}: ${was ?? 'nothing'} becomes ${is ?? 'what only the apply will tell'}`,
      },
    ];
  });
}

/** The part of an argument that says who reaches it, or as whom it runs. */
function exposureOf(name: string, values: Values | undefined): string | undefined {
  const value = values?.[name];
  if (name === 'metadata') {
    const annotations = (value as { annotations?: Record<string, string> }[] | undefined)?.[0]?.annotations;
    return `ingress ${annotations?.['run.googleapis.com/ingress'] ?? 'all'}`;
  }
  if (name === 'template') {
    const spec = (value as { spec?: { service_account_name?: string }[] }[] | undefined)?.[0]?.spec?.[0];
    return spec?.service_account_name && `runs as ${spec.service_account_name}`;
  }
  return value === undefined ? undefined : `${name} ${value}`;
}
