import { Instance } from './instance.ts';
import type { Revision, RevisionFailure } from './revision.ts';

/** Which revision of a service was made last, and which one serves: the last that came up. */
export class Rollout {
  /** The revision that was made last, whether it came up or not. */
  created: Revision | undefined;
  /** The revision that serves. */
  ready: Revision | undefined;
  /** Why the last one does not. */
  failure: RevisionFailure | undefined;
  /** Since when all of this is as it is. RFC 3339. */
  transitionTime: string;
  readonly #now: () => Date;
  #deployment: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(now: () => Date) {
    this.#now = now;
    this.transitionTime = now().toISOString();
  }

  /** Whether the last revision is neither up nor has failed. */
  get deploying(): boolean {
    return this.failure === undefined && this.created !== this.ready;
  }

  /** Begins to deploy a revision. One that is still being deployed is given up for it. */
  begin(revision: Revision): void {
    const superseded = this.deploying ? this.created : undefined;
    this.created = revision;
    this.#settle(undefined);
    const earlier = this.#deployment;
    this.#deployment = (async () => {
      await superseded?.retire();
      await earlier;
      await this.#deploy(revision);
    })();
  }

  /** Returns when the last revision serves or has failed. */
  async settled(): Promise<void> {
    await this.#deployment;
  }

  /** Stops every revision. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.created?.retire(), this.ready?.retire()]);
    await this.#deployment;
  }

  /** The new revision serves once it is up; until then, and if it fails, the one before goes on. */
  async #deploy(revision: Revision): Promise<void> {
    const outcome = await revision.instance();
    if (this.#closed || revision !== this.created) return;
    if (!(outcome instanceof Instance)) {
      this.#settle(outcome);
      return;
    }
    const before = this.ready;
    this.ready = revision;
    this.#settle(undefined);
    await before?.retire();
  }

  #settle(failure: RevisionFailure | undefined): void {
    this.failure = failure;
    this.transitionTime = this.#now().toISOString();
  }
}
