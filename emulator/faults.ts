import type { FaultEffect } from './faults/effects.ts';

export type { FaultEffect } from './faults/effects.ts';

/** Which requests go wrong, how often, and how. All that is not given fits every request. */
export interface Fault {
  /** What it is called, where it has a name: one of NAMED_FAULTS, or any. */
  readonly name?: string;
  /** HTTP method, e.g. `GET`. */
  readonly method?: string;
  /**
   * Path without the query, e.g. `/kms/v1/*:decrypt`; `*` stands for any text. The metadata servers' begin with
   * `/computeMetadata/`.
   */
  readonly path?: string;
  /** A part of the query, e.g. `alt=media`, which tells a download from a read of the metadata; or `!alt=media`. */
  readonly query?: string;
  /** The member that asks, e.g. `serviceAccount:a@p.iam.gserviceaccount.com`. */
  readonly member?: string;
  /**
   * The share of the fitting requests that it hits, from 0 to 1.
   * @default 1
   */
  readonly probability?: number;
  /**
   * How many fitting requests go well before the first that does not.
   * @default 0
   */
  readonly skip?: number;
  /**
   * How many requests it hits at most.
   * @default no limit
   */
  readonly times?: number;
  readonly effect: FaultEffect;
}

/** A fault as it stands. */
export interface ActiveFault {
  readonly id: string;
  readonly fault: Fault;
  /** Requests that it has hit. */
  readonly hits: number;
}

/** What of a request a fault is chosen by. */
export interface FaultyRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly member: string | undefined;
  /** The bearer token. */
  readonly token: string | undefined;
}

interface Entry {
  readonly id: string;
  readonly fault: Fault;
  fitting: number;
  hits: number;
}

/**
 * The faults of a local cloud: what its clients are to be tested against. It answers wrongly, late, in part or not at
 * all; its state is never wrong. docs/fault-injection.md has each with an example.
 */
export class Faults {
  readonly #entries = new Map<string, Entry>();
  readonly #expiredTokens = new Set<string>();
  #added = 0;

  /**
   * How far the local cloud's clock is ahead of the machine's.
   * @default 0
   */
  clockOffsetSeconds = 0;

  /** Adds a fault; of several that fit, the one added first hits. @returns its id */
  add(fault: Fault): string {
    this.#added += 1;
    const id = String(this.#added);
    this.#entries.set(id, { id, fault, fitting: 0, hits: 0 });
    return id;
  }

  /** Takes a fault away. @returns whether there was one with that id */
  remove(id: string): boolean {
    return this.#entries.delete(id);
  }

  /** Takes all faults away, and sets the clock right. */
  clear(): void {
    this.#entries.clear();
    this.#expiredTokens.clear();
    this.clockOffsetSeconds = 0;
  }

  /** Those that stand, in the order in which they were added. */
  list(): readonly ActiveFault[] {
    return [...this.#entries.values()].map(({ id, fault, hits }) => ({ id, fault, hits }));
  }

  /** Whether nothing happens to any request. */
  get areNone(): boolean {
    return this.#entries.size === 0 && this.#expiredTokens.size === 0;
  }

  /** What happens to this request; undefined when all goes well. Counts the request. */
  effectOn(request: FaultyRequest): FaultEffect | undefined {
    const hit = [...this.#entries.values()].find((entry) => fits(entry.fault, request) && hits(entry));
    if (hit?.fault.effect.kind === 'expiredToken' && request.token) this.#expiredTokens.add(request.token);
    if (request.token && this.#expiredTokens.has(request.token)) return { kind: 'expiredToken' };
    return hit?.fault.effect;
  }
}

function fits({ method, path, query, member }: Fault, request: FaultyRequest): boolean {
  return (
    (method === undefined || method === request.method) &&
    (path === undefined || matchesGlob(path, request.path)) &&
    (query === undefined || matchesQuery(query, request.query)) &&
    (member === undefined || member === request.member)
  );
}

function matchesGlob(glob: string, path: string): boolean {
  const parts = glob.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(path);
}

function matchesQuery(part: string, query: string): boolean {
  return part.startsWith('!') ? !query.includes(part.slice(1)) : query.includes(part);
}

function hits(entry: Entry): boolean {
  const { skip = 0, times = Number.POSITIVE_INFINITY, probability = 1 } = entry.fault;
  if (entry.hits >= times) return false;
  entry.fitting += 1;
  if (entry.fitting <= skip || Math.random() >= probability) return false;
  entry.hits += 1;
  return true;
}
