import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  ConflictError,
  callGoogle,
  NotFoundError,
  noGeneration,
  objectUrl,
  readObject,
  reasonMetadata,
  SecretError,
  type SecretReference,
  seal,
  startStopwatch,
  unseal,
  writeObject,
  writerMetadata,
} from '@cloud-run-identity/secrets';
import type { Credential, SecretValues } from '@cloud-run-identity/secrets/rotators';
import { callerOf } from '../secret/caller.ts';
import { metadataOf } from '../secret/object-metadata.ts';
import type { OpenSecret } from '../secret/open.ts';

/** Where a rotation is: what is to be done next, which may be done already. */
export type Step = 'create' | 'test' | 'switch' | 'wait' | 'retire' | 'undo';

/** The two credentials of a rotation: what is stored, encrypted, beside the secret. */
export interface Credentials {
  readonly before: SecretValues;
  readonly after: Credential;
}

/** What is noted of a rotation in clear. */
export interface Progress {
  readonly step: Step;
  /** What is rotated, such as DB_PASS. */
  readonly key: string;
  readonly reason: string | undefined;
  /** Whether the secret may have been changed. */
  readonly isSwitched: boolean;
  /** Email of who began it. */
  readonly writer: string | undefined;
  /** RFC 3339. */
  readonly began: string;
}

/** Of a rotation that nobody has touched for so long, the one who did it has died. */
export const LEASE_MILLISECONDS = 20_000;
const MAX_POLL_MILLISECONDS = 1000;

const STEP = 'rotation-step';
const KEY = 'rotation-of';
const SWITCHED = 'rotation-switched';
/** Random text of the process that does it; empty where it gave up. */
const HOLDER = 'rotation-holder';
const BEAT = 'rotation-beat';

/** Where the rotation of a secret is kept: an object beside the secret's, with the same key. */
export function rotationObject({ reference }: Pick<OpenSecret, 'reference'>): SecretReference {
  return { ...reference, object: `${reference.object}.rotation` };
}

/**
 * The one rotation of a secret that is under way, held by this process. It is an object: its content are the two
 * credentials, encrypted; its metadata says how far it is and who holds it. Each change of the metadata is conditional on
 * the one before, so whoever was overtaken finds out before it does anything. No clocks are compared: a holder changes the
 * metadata again and again, and who sees no change for a whole lease takes over.
 */
export class Lease {
  progress: Progress;
  readonly credentials: Credentials;
  readonly #secret: OpenSecret;
  readonly #milliseconds: number;
  readonly #generation: string;
  readonly #holder: string;
  #metageneration: string;
  #confirmed = startStopwatch();
  #turn: Promise<unknown> = Promise.resolve();
  #beats: NodeJS.Timeout | undefined;

  private constructor(
    secret: OpenSecret,
    milliseconds: number,
    { generation, metageneration, progress }: Seen,
    credentials: Credentials,
    holder: string,
  ) {
    this.#secret = secret;
    this.#milliseconds = milliseconds;
    this.#generation = generation;
    this.#metageneration = metageneration;
    this.progress = progress;
    this.credentials = credentials;
    this.#holder = holder;
  }

  /** Begins a rotation. @throws ConflictError when there is one; SecretError */
  static async begin(
    secret: OpenSecret,
    credentials: Credentials,
    { step, key, reason }: Pick<Progress, 'step' | 'key' | 'reason'>,
    milliseconds: number,
  ): Promise<Lease> {
    const { clients } = secret;
    const place = rotationObject(secret);
    const sealed = await seal(clients, place, Buffer.from(JSON.stringify(credentials)));
    const holder = randomUUID();
    const writer = await callerOf(secret);
    const notes = {
      [STEP]: step,
      [KEY]: key,
      [HOLDER]: holder,
      ...(reason && { [reasonMetadata]: reason }),
      ...(writer && { [writerMetadata]: writer }),
    };
    await writeObject(clients, place, { ...sealed, notes }, noGeneration).catch(async (error: unknown) => {
      // The answer to a write that was done may have been lost.
      const seen = error instanceof SecretError ? await look(secret) : undefined;
      if (seen?.holder !== holder) throw error;
    });
    const seen = await look(secret);
    if (seen?.holder !== holder) throw overtaken(secret, seen);
    return new Lease(secret, milliseconds, seen, credentials, holder).#beat();
  }

  /**
   * Takes over the rotation that somebody has left, if there is one; waits to see whether they still work on it.
   *
   * @throws ConflictError that says who it is, when they do
   */
  static async takeOver(secret: OpenSecret, milliseconds: number): Promise<Lease | undefined> {
    const first = await look(secret);
    if (!first) return undefined;
    const watch = startStopwatch();
    while (first.holder !== '' && watch.elapsedMilliseconds() < milliseconds) {
      await delay(Math.min(milliseconds / 4, MAX_POLL_MILLISECONDS));
      const seen = await look(secret);
      if (!seen) return undefined;
      if (seen.generation !== first.generation || seen.metageneration !== first.metageneration) {
        if (seen.holder !== '') throw overtaken(secret, seen);
        return Lease.takeOver(secret, milliseconds);
      }
    }
    const { clients } = secret;
    const place = rotationObject(secret);
    const { bytes } = await readObject(clients, place.bucket, place.object, first.generation);
    const { plaintext } = await unseal(clients, place, bytes);
    const credentials = JSON.parse(plaintext.toString()) as Credentials;
    const lease = new Lease(secret, milliseconds, first, credentials, randomUUID());
    await lease.#change({});
    return lease.#beat();
  }

  /** Notes what is done next. @throws ConflictError when somebody else has taken over; SecretError */
  async advance(step: Step, isSwitched = this.progress.isSwitched): Promise<void> {
    if (step !== this.progress.step || isSwitched !== this.progress.isSwitched) {
      await this.#change({ [STEP]: step, ...(isSwitched && { [SWITCHED]: 'true' }) });
      this.progress = { ...this.progress, step, isSwitched };
    }
    await this.confirm();
  }

  /** Makes sure that nobody else has taken over, before anything is done that cannot be conditional. */
  async confirm(): Promise<void> {
    if (this.#confirmed.elapsedMilliseconds() > this.#milliseconds / 2) await this.#change({});
  }

  /** The rotation is over. */
  async end(): Promise<void> {
    this.#stop();
    await this.#turn;
    const { clients } = this.#secret;
    const { bucket, object } = rotationObject(this.#secret);
    const call = { permission: 'storage.objects.delete', bucket, object } as const;
    const file = clients.storage.bucket(bucket).file(object);
    const condition = { ifGenerationMatch: this.#generation };
    await callGoogle(call, clients.callerEmail, () => file.delete(condition)).catch((error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error;
    });
  }

  /** Leaves it to whoever comes next, at once. */
  async release(): Promise<void> {
    this.#stop();
    await this.#change({ [HOLDER]: '' }).catch((error: unknown) => {
      if (!(error instanceof SecretError)) throw error;
    });
  }

  #beat(): this {
    this.#beats = setInterval(() => {
      // One that fails is missed, or shows at the next step.
      this.#change({}).catch(() => {});
    }, this.#milliseconds / 4).unref();
    return this;
  }

  #stop(): void {
    clearInterval(this.#beats);
  }

  /** One change after the other. */
  #change(notes: Readonly<Record<string, string>>): Promise<void> {
    const changed = this.#turn.then(() => this.#changeOnce(notes));
    this.#turn = changed.catch(() => {});
    return changed;
  }

  async #changeOnce(notes: Readonly<Record<string, string>>): Promise<void> {
    const began = startStopwatch();
    const { clients } = this.#secret;
    const { bucket, object } = rotationObject(this.#secret);
    const call = { permission: 'storage.objects.update', bucket, object } as const;
    const file = clients.storage.bucket(bucket).file(object);
    const beat = randomUUID();
    const metadata = { [HOLDER]: this.#holder, ...notes, [BEAT]: beat };
    const condition = {
      ifGenerationMatch: this.#generation,
      ifMetagenerationMatch: this.#metageneration,
    };
    try {
      await callGoogle(call, clients.callerEmail, () => file.setMetadata({ metadata }, condition));
      this.#metageneration = String(file.metadata.metageneration);
    } catch (error) {
      // The answer to a change that was done may have been lost.
      const seen = error instanceof SecretError ? await look(this.#secret) : undefined;
      const isDone = seen?.generation === this.#generation && seen.beat === beat;
      if (!isDone) throw error instanceof ConflictError ? overtaken(this.#secret, seen) : error;
      this.#metageneration = seen.metageneration;
    }
    this.#confirmed = began;
  }
}

interface Seen {
  readonly generation: string;
  readonly metageneration: string;
  readonly holder: string;
  readonly beat: string | undefined;
  readonly progress: Progress;
}

/** The rotation that is under way, by its metadata. */
async function look(secret: OpenSecret): Promise<Seen | undefined> {
  const metadata = await metadataOf(secret.clients, rotationObject(secret));
  if (!metadata) return undefined;
  const noted = (name: string) => metadata.metadata?.[name]?.toString();
  return {
    generation: String(metadata.generation),
    metageneration: String(metadata.metageneration),
    holder: noted(HOLDER) ?? '',
    beat: noted(BEAT),
    progress: {
      step: (noted(STEP) ?? 'create') as Step,
      key: noted(KEY) ?? '',
      reason: noted(reasonMetadata),
      isSwitched: noted(SWITCHED) === 'true',
      writer: noted(writerMetadata),
      began: String(metadata.timeCreated),
    },
  };
}

function overtaken(secret: OpenSecret, seen: Seen | undefined): ConflictError {
  const { bucket, object } = secret.reference;
  const url = objectUrl(bucket, object);
  if (!seen) {
    return new ConflictError(
      `Somebody else has finished the rotation of ${url}.`,
      'npx cloud-run-identity history says who.',
    );
  }
  const { key, writer = 'somebody whom its metadata does not name', began, step } = seen.progress;
  return new ConflictError(
    `${writer} is rotating ${key} of ${url} since ${began} (at the step ${step}).`,
    'wait until that is done; if it dies, the same command goes on with it.',
  );
}
