import type { Decision, Resource } from './iam/authorizer.ts';
import type { Principal } from './iam/principal.ts';

/** How many decisions are kept. */
const CAPACITY = 10_000;

/** One decision: who wanted to do what to which resource, and whether it was granted. */
export interface AuditEntry {
  /** Grows by one with every entry. */
  readonly sequence: number;
  /** RFC 3339. */
  readonly time: string;
  /** The member that asked; undefined for an anonymous caller. */
  readonly member: string | undefined;
  readonly permission: string;
  /** As conditions see it. */
  readonly resource: string;
  readonly service: string;
  readonly granted: boolean;
  /** The role of the binding that granted it. */
  readonly role: string | undefined;
  /** The resource whose policy has that binding. */
  readonly policy: string | undefined;
  /** The HTTP method and path of the request that asked. */
  readonly request: string;
}

/** What an entry is made of. */
export interface AuditedDecision {
  readonly principal: Principal;
  readonly permission: string;
  readonly resource: Resource;
  readonly decision: Decision;
  readonly request: string;
}

/** The last decisions of the local cloud, as Cloud Audit Logs keep them. Access tokens and bodies are never in it. */
export class AuditLog {
  readonly #entries: AuditEntry[] = [];
  readonly #now: () => Date;
  #count = 0;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** Notes a decision. */
  record({ principal, permission, resource, decision, request }: AuditedDecision): void {
    this.#count += 1;
    this.#entries.push({
      sequence: this.#count,
      time: this.#now().toISOString(),
      member: principal.member,
      permission,
      resource: resource.name,
      service: resource.service,
      granted: decision.granted,
      role: decision.granted ? decision.binding.role : undefined,
      policy: decision.granted ? decision.policy : undefined,
      request,
    });
    if (this.#entries.length > CAPACITY) this.#entries.shift();
  }

  /** The decisions that are kept, oldest first. */
  entries(): readonly AuditEntry[] {
    return this.#entries;
  }
}
