import { randomBytes, randomInt } from 'node:crypto';
import { GoogleApiError } from '../http/errors.ts';
import type { Persistent } from '../persistence.ts';
import type { CloudState } from '../state.ts';
import type { Resource } from './authorizer.ts';
import type { Principal } from './principal.ts';
import type { TokenFault } from './tokens.ts';

/** google.iam.admin.v1.ServiceAccount. */
export interface ServiceAccount {
  readonly name: string;
  readonly projectId: string;
  readonly uniqueId: string;
  readonly email: string;
  readonly displayName?: string;
  readonly description?: string;
  /** Only where it is. */
  readonly disabled?: true;
  readonly etag: string;
  readonly oauth2ClientId: string;
}

/** A service account as a resource with a policy of its own. */
export function serviceAccountResource(projectId: string, email: string): Resource {
  const name = `projects/${projectId}/serviceAccounts/${email}`;
  const service = 'iam.googleapis.com';
  return { name, type: `${service}/ServiceAccount`, service, policies: [name, `projects/${projectId}`] };
}

/** The service accounts of the project, by email address. */
export class ServiceAccounts implements Persistent {
  readonly #state: CloudState;
  #accounts = new Map<string, ServiceAccount>();

  constructor(state: CloudState) {
    this.#state = state;
    state.persistent.set('serviceAccounts', this);
  }

  /**
   * Makes `accountId@PROJECT.iam.gserviceaccount.com`.
   * @throws GoogleApiError INVALID_ARGUMENT for an id against the rules, ALREADY_EXISTS for one that is taken
   */
  create(accountId: string, fields: { displayName?: string; description?: string }): ServiceAccount {
    if (!/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(accountId)) {
      throw new GoogleApiError(
        'INVALID_ARGUMENT',
        `Service account ID must be between 6 and 30 characters. Service account ID must start with a lower case letter, followed by one or more lower case alphanumerical characters that can be separated by hyphens. (got "${accountId}")`,
      );
    }
    const { projectId } = this.#state.project;
    const email = `${accountId}@${projectId}.iam.gserviceaccount.com`;
    const { name } = serviceAccountResource(projectId, email);
    if (this.#accounts.has(email)) {
      throw new GoogleApiError(
        'ALREADY_EXISTS',
        `Service account ${accountId} already exists within project projects/${projectId}.`,
      );
    }
    checkTexts(fields);
    const uniqueId = `1${Array.from({ length: 20 }, () => randomInt(10)).join('')}`;
    const { displayName, description } = fields;
    const account: ServiceAccount = {
      name,
      projectId,
      uniqueId,
      email,
      ...(displayName && { displayName }),
      ...(description && { description }),
      etag: newEtag(),
      oauth2ClientId: uniqueId,
    };
    this.#accounts.set(email, account);
    this.#state.authorizer.add(name);
    return account;
  }

  /**
   * The account of that email address or unique id.
   * @throws GoogleApiError NOT_FOUND
   */
  get(emailOrId: string): ServiceAccount {
    const byId = () => [...this.#accounts.values()].find(({ uniqueId }) => uniqueId === emailOrId);
    const account = this.#accounts.get(emailOrId) ?? byId();
    if (account) return account;
    const { name } = serviceAccountResource(this.#state.project.projectId, emailOrId);
    throw new GoogleApiError('NOT_FOUND', `Unknown service account: ${name}`);
  }

  /** All accounts. */
  list(): ServiceAccount[] {
    return [...this.#accounts.values()];
  }

  /** Changes display name and description. @throws GoogleApiError NOT_FOUND */
  update(email: string, fields: { displayName?: string; description?: string }): ServiceAccount {
    const account = this.get(email);
    checkTexts(fields);
    const { displayName = account.displayName, description = account.description } = fields;
    const updated = {
      ...account,
      ...(displayName && { displayName }),
      ...(description && { description }),
      etag: newEtag(),
    };
    this.#accounts.set(account.email, updated);
    return updated;
  }

  /** Disables the account, which then gets no tokens and whose tokens are refused, or enables it. @throws GoogleApiError NOT_FOUND */
  setDisabled(emailOrId: string, isDisabled: boolean): void {
    const { disabled: _, ...account } = this.get(emailOrId);
    this.#accounts.set(account.email, { ...account, ...(isDisabled && { disabled: true }), etag: newEtag() });
  }

  /** Deletes the account; its bindings stay behind under a name that no new account has. @throws GoogleApiError NOT_FOUND */
  delete(emailOrId: string): void {
    const { email, name, uniqueId } = this.get(emailOrId);
    this.#accounts.delete(email);
    this.#state.authorizer.remove(name);
    this.#state.authorizer.memberDeleted(`serviceAccount:${email}`, uniqueId);
  }

  /** The principal that a member name stands for now. A service account is bound to its unique id. */
  principalOf(member: string): Principal {
    const account =
      member.startsWith('serviceAccount:') && this.#accounts.get(member.slice('serviceAccount:'.length));
    return account ? { member, uid: account.uniqueId } : { member };
  }

  /** All accounts, by email address. */
  save(): ReadonlyMap<string, ServiceAccount> {
    return this.#accounts;
  }

  /** Takes back what `save` gave. */
  load(accounts: Map<string, ServiceAccount>): void {
    this.#accounts = accounts;
  }

  /** Whom an access token stands for. A token outlives neither its account nor the account's name: uids differ. */
  authenticate(token: string): Principal | TokenFault {
    const principal = this.#state.tokens.principalOf(token);
    if (typeof principal === 'string' || principal.uid === undefined) return principal;
    const email = (principal.member ?? '').slice('serviceAccount:'.length);
    const account = this.#accounts.get(email);
    return account?.uniqueId === principal.uid && !account.disabled ? principal : 'invalid';
  }
}

/** Limits of https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts, in bytes of UTF-8. */
function checkTexts({ displayName = '', description = '' }: { displayName?: string; description?: string }) {
  const faults = [
    ...(Buffer.byteLength(displayName) > 100 ? ['The display name must not exceed 100 bytes in UTF-8.'] : []),
    ...(Buffer.byteLength(description) > 256 ? ['The description must not exceed 256 bytes in UTF-8.'] : []),
  ];
  if (faults.length > 0) throw new GoogleApiError('INVALID_ARGUMENT', faults.join(' '));
}

function newEtag(): string {
  return randomBytes(6).toString('base64');
}
