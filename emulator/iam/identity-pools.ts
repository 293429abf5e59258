import { GoogleApiError } from '../http/errors.ts';
import type { Persistent } from '../persistence.ts';
import { checkAssertionExpression } from './assertion.ts';

/** How long a deleted pool or provider can be taken back: 30 days. */
const KEPT_MILLISECONDS = 30 * 24 * 60 * 60 * 1000;

/** google.iam.v1.WorkloadIdentityPool. */
export interface IdentityPool {
  /** `projects/NUMBER/locations/global/workloadIdentityPools/POOL`. */
  readonly name: string;
  readonly displayName?: string;
  readonly description?: string;
  readonly disabled?: boolean;
  readonly state: 'ACTIVE' | 'DELETED';
  readonly expireTime?: string;
}

/** google.iam.v1.WorkloadIdentityPoolProvider that takes OpenID Connect tokens. */
export interface IdentityProvider extends IdentityPool {
  /** What of a token becomes what of the principal: CEL over `assertion`, by `google.subject`, `attribute.NAME`, … */
  readonly attributeMapping: Readonly<Record<string, string>>;
  /** CEL over `assertion`, `google` and `attribute`: what it does not hold for is refused. */
  readonly attributeCondition?: string;
  readonly oidc: {
    readonly issuerUri: string;
    readonly allowedAudiences?: readonly string[];
    readonly jwksJson?: string;
  };
}

/** What a client writes of a pool or provider. */
export type IdentityInput = Partial<Omit<IdentityProvider, 'name' | 'state' | 'expireTime'>> &
  Readonly<Record<string, unknown>>;

const TEXTS = ['displayName', 'description', 'disabled'] as const;

/** Issuers that many tenants share: without a condition, whoever is at one of them would be let in. */
const SHARED_ISSUERS = [
  'https://token.actions.githubusercontent.com',
  'https://gitlab.com',
  'https://app.terraform.io',
];

/**
 * Pools of workload identity federation with their providers, by name
 * (https://cloud.google.com/iam/docs/workload-identity-federation).
 */
export class IdentityPools implements Persistent {
  readonly #now: () => Date;
  #all = new Map<string, IdentityPool | IdentityProvider>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** @throws GoogleApiError NOT_FOUND */
  get(name: string): IdentityPool | IdentityProvider {
    const found = this.#all.get(name);
    const isGone = found?.expireTime !== undefined && new Date(found.expireTime) <= this.#now();
    if (found && !isGone) return found;
    throw new GoogleApiError('NOT_FOUND', `Requested entity was not found: ${name}.`);
  }

  /** Those directly below a name, deleted ones only if asked for. */
  list(parent: string, withDeleted: boolean): (IdentityPool | IdentityProvider)[] {
    const isBelow = (name: string) =>
      name.startsWith(`${parent}/`) && !name.slice(parent.length + 1).includes('/');
    return [...this.#all.values()].filter(
      ({ name, state }) => isBelow(name) && (withDeleted || state === 'ACTIVE'),
    );
  }

  /** @throws GoogleApiError INVALID_ARGUMENT, ALREADY_EXISTS: also under the name of a deleted one, for 30 days */
  create(name: string, input: IdentityInput): IdentityPool {
    const id = name.slice(name.lastIndexOf('/') + 1);
    if (!/^[a-z0-9-]{4,32}$/.test(id) || id.startsWith('gcp-')) {
      throw invalid(`Invalid id '${id}': it must have 4 to 32 of [a-z0-9-] and not begin with gcp-.`);
    }
    if (this.#all.has(name)) throw new GoogleApiError('ALREADY_EXISTS', 'Requested entity already exists');
    return this.#keep({ name, state: 'ACTIVE', ...partOf(name, input) });
  }

  /** @throws GoogleApiError NOT_FOUND, INVALID_ARGUMENT */
  update(name: string, input: IdentityInput, fields: readonly string[]): IdentityPool {
    const before = this.#active(name);
    const masked = fields.map((field) => field.split('.')[0] ?? '');
    const changes = Object.fromEntries(masked.map((field) => [field, input[field]]));
    const { name: _, state: __, ...rest } = { ...before, ...changes };
    return this.#keep({ name, state: 'ACTIVE', ...partOf(name, rest) });
  }

  /** @throws GoogleApiError NOT_FOUND */
  delete(name: string): IdentityPool {
    const expireTime = new Date(this.#now().getTime() + KEPT_MILLISECONDS).toISOString();
    return this.#keep({ ...this.#active(name), state: 'DELETED', expireTime });
  }

  /** @throws GoogleApiError NOT_FOUND, FAILED_PRECONDITION */
  undelete(name: string): IdentityPool {
    const { expireTime: _, ...found } = this.get(name);
    if (found.state === 'DELETED') return this.#keep({ ...found, state: 'ACTIVE' });
    throw new GoogleApiError('FAILED_PRECONDITION', `${name} is not deleted.`);
  }

  /** A provider whose tokens are taken at this moment; undefined where it, or its pool, is disabled, deleted or not there. */
  inForce(name: string): IdentityProvider | undefined {
    const pool = this.#all.get(name.replace(/\/providers\/[^/]+$/, ''));
    const provider = this.#all.get(name);
    const isOn = (one: IdentityPool | undefined) => one?.state === 'ACTIVE' && !one.disabled;
    return isOn(pool) && isOn(provider) ? (provider as IdentityProvider) : undefined;
  }

  /** All by name. */
  save(): ReadonlyMap<string, IdentityPool> {
    return this.#all;
  }

  /** Takes back what `save` gave. */
  load(saved: Map<string, IdentityPool>): void {
    this.#all = saved;
  }

  #active(name: string): IdentityPool {
    const found = this.get(name);
    if (found.state === 'ACTIVE') return found;
    throw new GoogleApiError('NOT_FOUND', `Requested entity was not found: ${name}.`);
  }

  #keep<One extends IdentityPool>(one: One): One {
    this.#all.set(one.name, one);
    return one;
  }
}

function partOf(name: string, input: IdentityInput): Partial<IdentityProvider> {
  const texts = Object.fromEntries(TEXTS.flatMap((field) => (input[field] ? [[field, input[field]]] : [])));
  if (!name.includes('/providers/')) return texts;
  const { attributeMapping = {}, attributeCondition, oidc } = input;
  const others = ['aws', 'saml', 'x509'].filter((kind) => input[kind] !== undefined);
  if (others.length > 0) {
    throw new GoogleApiError('UNIMPLEMENTED', `The local cloud does not emulate: ${others.join(', ')}.`);
  }
  checkOidc(oidc);
  if (!attributeMapping['google.subject']) throw invalid('The attribute mapping must have google.subject.');
  for (const [target, expression] of Object.entries(attributeMapping)) {
    if (!/^(google\.(subject|groups|display_name)|attribute\.[a-z0-9_]{1,100})$/.test(target)) {
      throw invalid(`Invalid attribute mapping key '${target}'.`);
    }
    checkAssertionExpression(expression, 'attribute_mapping');
  }
  if (attributeCondition) checkAssertionExpression(attributeCondition, 'attribute_condition');
  if (
    SHARED_ISSUERS.includes(oidc.issuerUri) &&
    !/\b(assertion|attribute|google)\b/.test(attributeCondition ?? '')
  ) {
    throw invalid("The attribute condition must reference one of the provider's claims.");
  }
  return { ...texts, attributeMapping, ...(attributeCondition && { attributeCondition }), oidc };
}

function checkOidc(oidc: IdentityInput['oidc']): asserts oidc is IdentityProvider['oidc'] {
  const isHttps = /^https:\/\/\S+$/.test(oidc?.issuerUri ?? '');
  // Google takes https alone; here an issuer may be a program of this machine.
  const isLocal = /^http:\/\/(127(\.\d+){3}|localhost)(:\d+)?(\/\S*)?$/.test(oidc?.issuerUri ?? '');
  if (!isHttps && !isLocal) throw invalid('oidc.issuer_uri must be a URI with the scheme https.');
  if (oidc?.jwksJson === undefined) return;
  try {
    const { keys } = JSON.parse(oidc.jwksJson) as { keys?: unknown };
    if (Array.isArray(keys)) return;
  } catch {
    // Said below.
  }
  throw invalid('oidc.jwks_json is not a JSON Web Key Set.');
}

function invalid(message: string): GoogleApiError {
  return new GoogleApiError('INVALID_ARGUMENT', message);
}
