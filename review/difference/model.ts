/** One way in which somebody gets to more, or to less, than before. */
export interface AccessChange {
  readonly direction: 'gained' | 'lost';
  /**
   * `grant`: a role on a resource; `reader`: a principal can read a secret; `identity`: a service runs as an identity;
   * `exposure`: reachable from the internet; `page`: what a page shows; `argument`: one that may give access;
   * `unknown`: what nobody can tell before the deployment; `policy`: one that does not hold; `exception`: one that is
   * excused; `not reviewed`: nobody can say.
   */
  readonly kind:
    | 'grant'
    | 'reader'
    | 'identity'
    | 'exposure'
    | 'page'
    | 'argument'
    | 'unknown'
    | 'policy'
    | 'exception'
    | 'not reviewed';
  /** The principal, service or resource that it is about. */
  readonly who: string;
  /** What it can do now, or no longer, as the end of a sentence that starts with `who`. */
  readonly what: string;
  /** Permissions that were not there, or are no longer there; empty where it is not about a known role. */
  readonly permissions: readonly string[];
  /** The resource in Terraform that it follows from; null when it follows from several. */
  readonly address: string | null;
}

/** One argument of a resource. */
export interface ArgumentChange {
  /** E.g. `template.spec.timeout_seconds`. */
  readonly path: string;
  /** Undefined when it was not there. */
  readonly before?: unknown;
  /** Undefined when it is no longer there. */
  readonly after?: unknown;
}

/** What the next deployment does to one resource, or what another block of a stack says. */
export interface ResourceChange {
  /** `moved`: the same resource under another address. */
  readonly change: 'added' | 'changed' | 'replaced' | 'removed' | 'moved';
  readonly stack: string;
  readonly address: string;
  readonly type: string;
  readonly arguments: readonly ArgumentChange[];
  /** What is easily overlooked about it, else empty. */
  readonly note: string;
}

/** What differs between two reviews. */
export interface ReviewDifference {
  /** Whether anybody can do, reach or read more than before, or might: then somebody should look. */
  readonly widened: boolean;
  readonly access: readonly AccessChange[];
  readonly resources: readonly ResourceChange[];
}
