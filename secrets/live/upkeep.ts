import { withDeadline } from '../deadline.ts';

/** Work that comes up again and again. */
export interface Chore {
  /** Whether its time has come. */
  readonly isDue: boolean;
  /** Whether it has waited for so long that a request must not go on without it. */
  readonly isOverdue: boolean;
  /** Does it; never rejects. Whoever comes while it is being done waits for the same. */
  run(): Promise<unknown>;
}

// Longer than the ten seconds after which a call to Google counts as not answered, and less than the minute after which
// Cloud Run answers in the service's place.
const requestPatienceMilliseconds = 20_000;

/**
 * Does what is due while there is a CPU. On Cloud Run there is one only while a request or a probe is being answered
 * (https://cloud.google.com/run/docs/configuring/billing-settings), so nothing is done in the background: it is done, and
 * awaited, in the answer to a probe, or by the request that cannot do without.
 */
export class Upkeep {
  readonly #chores: Chore[] = [];

  add(chore: Chore): void {
    this.#chores.push(chore);
  }

  /**
   * For a probe: does what is due.
   *
   * @param patienceMilliseconds for how long to wait; what is not done by then goes on while there is a CPU
   */
  async inProbe(patienceMilliseconds: number): Promise<void> {
    const due = this.#chores.filter((chore) => chore.isDue);
    if (due.length > 0) await runAll(due, patienceMilliseconds);
  }

  /** Whether a request has to wait for {@link inRequest}. */
  get isOverdue(): boolean {
    return this.#chores.some((chore) => chore.isOverdue);
  }

  /** For a request: does what is overdue. */
  async inRequest(): Promise<void> {
    await runAll(
      this.#chores.filter((chore) => chore.isOverdue),
      requestPatienceMilliseconds,
    );
  }
}

async function runAll(chores: readonly Chore[], patienceMilliseconds: number): Promise<void> {
  await withDeadline(patienceMilliseconds, () => Promise.all(chores.map((chore) => chore.run()))).catch(
    () => {}, // too late: whoever waits goes on
  );
}
