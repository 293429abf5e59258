import { GoogleApiError } from '../http/errors.ts';
import type { Persistent } from '../persistence.ts';
import { ROLES } from './roles.ts';

/** google.iam.admin.v1.Role of a project or organization, as it is kept. */
export interface CustomRole {
  /** `projects/P/roles/ID` or `organizations/N/roles/ID`. */
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly includedPermissions: readonly string[];
  readonly stage: string;
  readonly etag: string;
  readonly deleted?: true;
}

const NO_PERMISSIONS: ReadonlySet<string> = new Set();

/** `storage.objects.get`: what every permission looks like, those that the local cloud never asks for, too. */
const PERMISSION = /^[a-z][a-zA-Z0-9]*(\.[a-zA-Z][a-zA-Z0-9]*){2}$/;

const STAGES = ['ALPHA', 'BETA', 'GA', 'DEPRECATED', 'DISABLED', 'EAP'];

/** Every role of the local cloud: the predefined ones, and those that people made. */
export class Roles implements Persistent {
  #custom = new Map<string, CustomRole>();
  #permissions = new Map<string, ReadonlySet<string>>();

  /** The permissions that a role brings; none for one that is unknown, deleted or disabled. */
  permissionsOf(name: string): ReadonlySet<string> {
    return ROLES.get(name) ?? this.#permissions.get(name) ?? NO_PERMISSIONS;
  }

  /** Whether a policy may grant the role. */
  isKnown(name: string): boolean {
    const custom = this.#custom.get(name);
    return ROLES.has(name) || (custom !== undefined && !custom.deleted);
  }

  /** @throws GoogleApiError NOT_FOUND */
  get(name: string): CustomRole {
    const role = this.#custom.get(name);
    if (role) return role;
    throw new GoogleApiError('NOT_FOUND', `The role named ${name} was not found.`);
  }

  /** The custom roles below `projects/P` or `organizations/N`. */
  of(parent: string): CustomRole[] {
    return [...this.#custom.values()].filter(({ name }) => name.startsWith(`${parent}/roles/`));
  }

  /** Keeps a role, new or changed. @throws GoogleApiError INVALID_ARGUMENT for what a role cannot be */
  put(role: CustomRole): CustomRole {
    const wrong = role.includedPermissions.filter((permission) => !PERMISSION.test(permission));
    if (wrong.length > 0) {
      throw new GoogleApiError('INVALID_ARGUMENT', `Permission ${wrong.join(', ')} is not valid.`);
    }
    if (!STAGES.includes(role.stage)) {
      throw new GoogleApiError('INVALID_ARGUMENT', `Invalid launch stage ${role.stage}.`);
    }
    this.#custom.set(role.name, role);
    const isInForce = !role.deleted && role.stage !== 'DISABLED';
    this.#permissions.set(role.name, isInForce ? new Set(role.includedPermissions) : NO_PERMISSIONS);
    return role;
  }

  /** The custom roles by name. */
  save(): ReadonlyMap<string, CustomRole> {
    return this.#custom;
  }

  /** Takes back what `save` gave. */
  load(saved: ReadonlyMap<string, CustomRole>): void {
    for (const role of saved.values()) this.put(role);
  }
}
