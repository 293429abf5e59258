import { type KeyAge, keyAges } from '../key-ages.ts';
import type { Secret, SecretLog } from '../live/secret.ts';
import { type Stopwatch, startStopwatch } from '../live/stopwatch.ts';
import type { Chore } from '../live/upkeep.ts';
import type { JsonSchema } from '../shape.ts';

const DAY_MILLISECONDS = 86_400_000;

/** Logs once a day, as long as it is so, which values are older than the schema allows: an alert can match the lines. */
export class OverdueValues implements Chore {
  readonly isOverdue = false;
  readonly #name: string;
  readonly #secret: Pick<Secret, 'current'>;
  readonly #schema: JsonSchema;
  readonly #log: Pick<SecretLog, 'warn'>;
  #said: Stopwatch | undefined;

  constructor(
    name: string,
    secret: Pick<Secret, 'current'>,
    schema: JsonSchema,
    log: Pick<SecretLog, 'warn'>,
  ) {
    this.#name = name;
    this.#secret = secret;
    this.#schema = schema;
    this.#log = log;
  }

  get isDue(): boolean {
    const isNewDay = this.#said === undefined || this.#said.elapsedMilliseconds() >= DAY_MILLISECONDS;
    return isNewDay && this.#overdue().length > 0;
  }

  async run(): Promise<void> {
    this.#said = startStopwatch();
    for (const { pointer, changed } of this.#overdue()) {
      const details = { secret: this.#name, overdueValue: pointer || '/', changed };
      this.#log.warn(
        details,
        `${this.#name}: ${pointer || 'the value'} is overdue, it last changed ${changed}`,
      );
    }
  }

  #overdue(): KeyAge[] {
    const { current } = this.#secret;
    return current
      ? keyAges(this.#schema, current.keysChanged).filter(({ state }) => state === 'overdue')
      : [];
  }
}
