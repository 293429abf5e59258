import { randomBytes, randomUUID } from 'node:crypto';
import { GoogleApiError } from '../http/errors.ts';
import type { Persistent } from '../persistence.ts';

/** google.iam.v2.DenyRule. */
export interface DenyRule {
  readonly deniedPrincipals?: readonly string[];
  readonly exceptionPrincipals?: readonly string[];
  /** E.g. `cloudkms.googleapis.com/cryptoKeyVersions.useToDecrypt`. */
  readonly deniedPermissions?: readonly string[];
  readonly exceptionPermissions?: readonly string[];
  readonly denialCondition?: unknown;
}

/** google.iam.v2.Policy of the kind DenyPolicy. */
export interface DenyPolicy {
  /** `policies/ATTACHMENT/denypolicies/ID`, the attachment point percent-encoded. */
  readonly name: string;
  readonly uid: string;
  readonly kind: 'DenyPolicy';
  readonly displayName?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly etag: string;
  readonly createTime: string;
  readonly updateTime: string;
  readonly rules: readonly { readonly description?: string; readonly denyRule?: DenyRule }[];
}

/** What a client writes of one. */
export type DenyPolicyInput = Partial<Pick<DenyPolicy, 'displayName' | 'annotations' | 'rules' | 'etag'>>;

const PERMISSION = /^[a-z0-9-]+\.googleapis\.com\/[a-zA-Z0-9]+\.(\*|[a-zA-Z0-9]+)$/;

const PRINCIPAL =
  /^(principal:\/\/goog\/subject\/\S+@\S+|principalSet:\/\/goog\/(group\/\S+@\S+|public:all|cloudIdentityCustomerId\/\S+)|principal(Set)?:\/\/iam\.googleapis\.com\/\S+|principalSet:\/\/cloudresourcemanager\.googleapis\.com\/(projects|folders|organizations)\/\d+)$/;

/** The deny policies of the project and its organization: what they deny, no role grants (https://cloud.google.com/iam/docs/deny-overview). */
export class DenyPolicies implements Persistent {
  #policies = new Map<string, DenyPolicy>();

  /** Whether nothing is denied. */
  get areNone(): boolean {
    return this.#policies.size === 0;
  }

  /** Those attached to a resource, by `projects/P` or `organizations/N`. */
  of(attachment: string): DenyPolicy[] {
    return [...this.#policies.values()].filter(({ name }) => name.startsWith(`${prefixOf(attachment)}/`));
  }

  /** @throws GoogleApiError NOT_FOUND */
  get(attachment: string, id: string): DenyPolicy {
    const policy = this.#policies.get(`${prefixOf(attachment)}/${id}`);
    if (policy) return policy;
    throw new GoogleApiError('NOT_FOUND', `Policy ${prefixOf(attachment)}/${id} not found.`);
  }

  /** Makes a policy or replaces it. @throws GoogleApiError INVALID_ARGUMENT, UNIMPLEMENTED, ABORTED for a stale etag */
  put(attachment: string, id: string, input: DenyPolicyInput, now: Date): DenyPolicy {
    const name = `${prefixOf(attachment)}/${id}`;
    const before = this.#policies.get(name);
    if (before && input.etag && input.etag !== before.etag) {
      throw new GoogleApiError('ABORTED', 'There were concurrent policy changes: read the policy again.');
    }
    const { displayName, annotations, rules = [] } = input;
    for (const { denyRule = {} } of rules) checkRule(denyRule);
    const policy: DenyPolicy = {
      name,
      uid: before?.uid ?? randomUUID(),
      kind: 'DenyPolicy',
      ...(displayName && { displayName }),
      ...(annotations && { annotations }),
      etag: randomBytes(8).toString('base64'),
      createTime: before?.createTime ?? now.toISOString(),
      updateTime: now.toISOString(),
      rules,
    };
    this.#policies.set(name, policy);
    return policy;
  }

  /** @throws GoogleApiError NOT_FOUND */
  delete(attachment: string, id: string): DenyPolicy {
    const policy = this.get(attachment, id);
    this.#policies.delete(policy.name);
    return policy;
  }

  /**
   * The policy that denies a permission to whoever has one of these names on what is below these resources.
   * @param names as `denyNamesOf` has them
   */
  denying(names: readonly string[], permission: string, service: string, attachments: readonly string[]) {
    const asked = `${service}/${permission.slice(permission.indexOf('.') + 1)}`;
    return attachments
      .flatMap((attachment) => this.of(attachment))
      .find(({ rules }) => rules.some(({ denyRule }) => denyRule && denies(denyRule, names, asked)));
  }

  /** The policies by name. */
  save(): ReadonlyMap<string, DenyPolicy> {
    return this.#policies;
  }

  /** Takes back what `save` gave. */
  load(saved: Map<string, DenyPolicy>): void {
    this.#policies = saved;
  }
}

/**
 * The names by which deny policies know a principal, which are others than those of allow policies
 * (https://cloud.google.com/iam/docs/principal-identifiers#deny).
 * @param names those of allow policies, groups included
 */
export function denyNamesOf(names: readonly string[], projectNumber: string): string[] {
  const renamed = names.map((name) => {
    const [, kind, rest = ''] = /^(user|group|serviceAccount):(.+)$/.exec(name) ?? [];
    if (kind === 'user') return `principal://goog/subject/${rest}`;
    if (kind === 'group') return `principalSet://goog/group/${rest}`;
    if (kind === 'serviceAccount') return `principal://iam.googleapis.com/projects/-/serviceAccounts/${rest}`;
    return name;
  });
  const project = `principalSet://cloudresourcemanager.googleapis.com/projects/${projectNumber}`;
  const isOfProject = names.some((name) => /^(serviceAccount:|principal:\/\/iam)/.test(name));
  return ['principalSet://goog/public:all', ...renamed, ...(isOfProject ? [project] : [])];
}

function denies(rule: DenyRule, names: readonly string[], permission: string): boolean {
  const includes = (list: readonly string[] = []) => list.some((name) => names.includes(name));
  const covers = (list: readonly string[] = []) =>
    list.some(
      (item) => item === permission || item.replace(/\.\*$/, '') === permission.replace(/\.[^.]+$/, ''),
    );
  return (
    includes(rule.deniedPrincipals) &&
    !includes(rule.exceptionPrincipals) &&
    covers(rule.deniedPermissions) &&
    !covers(rule.exceptionPermissions)
  );
}

function checkRule(rule: DenyRule): void {
  const {
    deniedPrincipals = [],
    exceptionPrincipals = [],
    deniedPermissions = [],
    exceptionPermissions = [],
  } = rule;
  if (rule.denialCondition !== undefined) {
    throw new GoogleApiError(
      'UNIMPLEMENTED',
      'The local cloud does not emulate: denialCondition, which asks for tags.',
    );
  }
  const wrong = [
    ...[...deniedPrincipals, ...exceptionPrincipals].filter((name) => !PRINCIPAL.test(name)),
    ...[...deniedPermissions, ...exceptionPermissions].filter((name) => !PERMISSION.test(name)),
  ];
  if (wrong.length > 0) {
    throw new GoogleApiError('INVALID_ARGUMENT', `Invalid principals or permissions: ${wrong.join(', ')}.`);
  }
}

function prefixOf(attachment: string): string {
  return `policies/${encodeURIComponent(`cloudresourcemanager.googleapis.com/${attachment}`)}/denypolicies`;
}
