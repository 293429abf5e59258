import {
  ConflictError,
  objectUrl,
  reasonMetadata,
  rotationMetadata,
  writerMetadata,
} from '@cloud-run-identity/secrets';
import {
  type Change,
  type Rotator,
  RotatorError,
  type SecretValues,
} from '@cloud-run-identity/secrets/rotators';
import { CommandError } from '../errors.ts';
import { isKnown } from '../failure.ts';
import { NotServedError } from '../secret/not-served.ts';
import { commandOn, type OpenSecret } from '../secret/open.ts';
import { checkSecretOr } from '../secret/shape.ts';
import { readStored, type StoredSecret } from '../secret/stored.ts';
import { formatValues, readValues } from '../secret/values.ts';
import { writeSecret } from '../secret/write.ts';
import { LEASE_MILLISECONDS, Lease, type Progress, type Step } from './lease.ts';

/** How a credential is rotated. */
export interface RotateOptions {
  /** Key of the secret, such as DB_PASS; of a secret that is text, its name. */
  readonly key: string;
  readonly rotator: Rotator;
  readonly reason?: string | undefined;
  /** Returns when no instance serves another generation than this one any more. @throws NotServedError */
  readonly untilServed: (generation: string) => Promise<void>;
  /** Whether everything is taken back when that takes too long. */
  readonly orRollback?: boolean | undefined;
  /** Is told what is being done. */
  readonly onStep?: ((step: Step) => void) | undefined;
  /** @default LEASE_MILLISECONDS */
  readonly leaseMilliseconds?: number | undefined;
}

/** A rotation that was done. */
export interface Rotated {
  readonly generation: string;
  /** Who began it and when, where it was another run that was stopped. */
  readonly wentOnWith: Progress | undefined;
}

/** How often what others write meanwhile is taken into account. */
const ATTEMPTS = 5;
const OVERLAPPING: readonly Step[] = ['create', 'test', 'switch', 'wait', 'retire'];
const SWITCHED_FIRST: readonly Step[] = ['switch', 'create', 'test', 'wait', 'retire'];

/**
 * Replaces a credential: thinks of a new one, stores it encrypted beside the secret, makes the server accept it, tests it,
 * makes it current, waits until nobody uses the old one, invalidates that. A run that was stopped is gone on with. When the
 * new credential does not work, everything is taken back.
 *
 * @throws ConflictError when somebody else is rotating the secret; CommandError, SecretError
 */
export async function rotate(secret: OpenSecret, options: RotateOptions): Promise<Rotated> {
  const { key, leaseMilliseconds = LEASE_MILLISECONDS } = options;
  const left = await Lease.takeOver(secret, leaseMilliseconds);
  if (left && left.progress.key !== key) {
    await left.release();
    const { writer, began } = left.progress;
    throw new CommandError(
      `The rotation of ${left.progress.key} that ${writer} began at ${began} is not finished: finish it first, ` +
        `${commandOn(secret, 'rotate', left.progress.key, '--with', 'MODULE')}`,
    );
  }
  if (left && left.progress.step !== 'undo') {
    const wentOnWith = left.progress;
    return { generation: await goOn(secret, left, options), wentOnWith };
  }
  if (left) await released(left, () => undo(secret, left, options));
  const lease = await begin(secret, options, leaseMilliseconds);
  return { generation: await goOn(secret, lease, options), wentOnWith: undefined };
}

async function begin(secret: OpenSecret, options: RotateOptions, leaseMilliseconds: number): Promise<Lease> {
  const { key, rotator, reason } = options;
  const live = await readStored(secret);
  const values = valuesOf(secret, live);
  const after = await called('propose a credential', () => rotator.propose(values, key));
  const names = Object.keys(after);
  if (names.length === 0 || names.some((name) => typeof after[name] !== 'string')) {
    throw new CommandError(
      'The rotator proposed no credential: propose returns the texts that change, by key.',
    );
  }
  if (sameAt(values, after, names)) {
    throw new CommandError('The rotator proposed the credential that there is: propose returns a new one.');
  }
  const advice = 'Nothing was changed: the rotator has to propose what the schema allows.';
  await checkSecretOr(secret, plaintextOf(secret, { ...values, ...after }), advice);
  const before = Object.fromEntries(names.map((name) => [name, values[name]]));
  const [step = 'create'] = stepsOf(rotator);
  try {
    return await Lease.begin(secret, { before, after }, { step, key, reason }, leaseMilliseconds);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    // Somebody was faster: they are working, or have stopped by now.
    const other = await Lease.takeOver(secret, leaseMilliseconds);
    if (other) await other.release();
    throw error;
  }
}

function stepsOf({ overlaps = true }: Rotator): readonly Step[] {
  return overlaps ? OVERLAPPING : SWITCHED_FIRST;
}

/** Does what is left to be done. @returns the generation that has the new credential */
async function goOn(secret: OpenSecret, lease: Lease, options: RotateOptions): Promise<string> {
  const { rotator } = options;
  const steps = stepsOf(rotator);
  const change = async () => {
    const found = await changeOf(secret, lease);
    await lease.confirm();
    return found;
  };
  const run: Readonly<Record<Exclude<Step, 'undo'>, () => Promise<unknown>>> = {
    create: () => called('create it', async () => rotator.create(await change())),
    test: () => called('test it', async () => rotator.test(await change())),
    switch: () => put(secret, lease, 'after'),
    wait: async () => options.untilServed(await current(secret, lease)),
    retire: async () => {
      await current(secret, lease);
      await called('retire the old one', async () => rotator.retire(await change()));
    },
  };
  try {
    for (const step of steps.slice(steps.indexOf(lease.progress.step))) {
      if (step === 'undo') continue;
      await lease.advance(step, lease.progress.isSwitched || step === 'switch');
      options.onStep?.(step);
      await run[step]().catch(async (error: unknown) => {
        const isLate = error instanceof NotServedError && (error.isFinal || options.orRollback === true);
        const isRefused = error instanceof FailedStep && (step !== 'retire' || error.isForeign);
        if (!isLate && !isRefused) throw error;
        await goBack(secret, lease, options, step, error);
      });
    }
    const generation = await current(secret, lease);
    await lease.end();
    return generation;
  } catch (error) {
    await lease.release();
    if (!(error instanceof FailedStep)) throw error;
    throw new CommandError(
      `The new credential is in use, the old one is still valid: ${error.message}\nThe same command goes on with it.`,
      { cause: error },
    );
  }
}

/** The generation that is live. @throws FailedStep when it has not the new credential any more */
async function current(secret: OpenSecret, { credentials: { after } }: Lease): Promise<string> {
  const live = await readStored(secret);
  if (sameAt(valuesOf(secret, live), after, Object.keys(after))) return live.generation;
  throw foreign(secret, live, after);
}

function foreign({ reference }: OpenSecret, live: StoredSecret, credential: SecretValues): FailedStep {
  const place = objectUrl(reference.bucket, reference.object, live.generation);
  const names = Object.keys(credential).join(', ');
  return new FailedStep(`${place} has another ${names} by now, which somebody has set.`, { isForeign: true });
}

/** @throws CommandError, always */
async function goBack(
  secret: OpenSecret,
  lease: Lease,
  options: RotateOptions,
  step: Step,
  cause: Error,
): Promise<never> {
  await lease.advance('undo');
  options.onStep?.('undo');
  try {
    await undo(secret, lease, options);
  } catch (error) {
    if (!(error instanceof FailedStep || isKnown(error))) throw error;
    throw new CommandError(
      `${cause.message}\nGoing back failed, too: ${error.message}\nThe old credential works. The same command goes on with it.`,
      { cause },
    );
  }
  throw new CommandError(
    `The rotation failed at the step ${step}, and everything is as before: ${cause.message}`,
    {
      cause,
    },
  );
}

/** Makes everything as it was before; may be done again. */
async function undo(
  secret: OpenSecret,
  lease: Lease,
  { rotator, untilServed }: RotateOptions,
): Promise<void> {
  const takeBack = () =>
    called('take it back', async () => {
      const change = await changeOf(secret, lease);
      await lease.confirm();
      await rotator.undo(change);
    });
  const generation = lease.progress.isSwitched ? await put(secret, lease, 'before') : undefined;
  if (rotator.overlaps === false) await takeBack();
  if (generation !== undefined) await untilServed(generation);
  if (rotator.overlaps !== false) await takeBack();
  await lease.end();
}

/**
 * Makes one of the two credentials the current one, whatever else of the secret has been changed meanwhile.
 *
 * @returns the generation that has it
 * @throws FailedStep when somebody has set a third one
 */
async function put(secret: OpenSecret, lease: Lease, which: 'before' | 'after'): Promise<string> {
  const { credentials, progress } = lease;
  const [wanted, other] = [credentials[which], credentials[which === 'after' ? 'before' : 'after']];
  const names = Object.keys(wanted);
  for (let attempt = 1; ; attempt += 1) {
    const live = await readStored(secret);
    const values = valuesOf(secret, live);
    if (sameAt(values, wanted, names)) return live.generation;
    if (!sameAt(values, other, names)) {
      if (which === 'before') return live.generation;
      throw foreign(secret, live, wanted);
    }
    const { key, reason, writer } = progress;
    const notes = {
      [rotationMetadata]: which === 'after' ? key : `${key}, taken back`,
      ...(reason && { [reasonMetadata]: reason }),
      ...(writer && { [writerMetadata]: writer }),
    };
    await lease.confirm();
    try {
      const plaintext = plaintextOf(secret, { ...values, ...wanted });
      return (await writeSecret(secret, plaintext, live.generation, { format: live.format, notes }))
        .generation;
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt === ATTEMPTS) throw error;
    }
  }
}

async function changeOf(secret: OpenSecret, { credentials }: Lease): Promise<Change> {
  const values = valuesOf(secret, await readStored(secret));
  return { current: { ...values, ...credentials.before }, next: { ...values, ...credentials.after } };
}

function sameAt(one: SecretValues, other: SecretValues, names: readonly string[]): boolean {
  return names.every((name) => JSON.stringify(one[name]) === JSON.stringify(other[name]));
}

function valuesOf(
  { format, name }: OpenSecret,
  { plaintext }: Pick<StoredSecret, 'plaintext'>,
): SecretValues {
  if (format === 'json') return readValues(plaintext, 'Its credentials cannot be rotated.');
  if (format === 'text') return { [name]: plaintext.toString().replace(/\r?\n$/, '') };
  throw new CommandError(`The secret ${name} is bytes, which have no credential that could be rotated.`);
}

function plaintextOf({ format, name }: OpenSecret, values: SecretValues): Buffer {
  return format === 'json' ? formatValues(values) : Buffer.from(String(values[name]));
}

/** A step of the rotation cannot be done. */
class FailedStep extends Error {
  /** Whether it is because somebody else has set a credential meanwhile. */
  readonly isForeign: boolean;

  constructor(
    message: string,
    { isForeign = false, ...options }: ErrorOptions & { isForeign?: boolean } = {},
  ) {
    super(message, options);
    this.isForeign = isForeign;
  }
}

/** What a rotator throws may quote what it was given. */
async function called<Result>(doing: string, action: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    if (isKnown(error)) throw error;
    const { name, code } = (error ?? {}) as NodeJS.ErrnoException;
    const words =
      error instanceof RotatorError ? error.message : [name ?? typeof error, code].filter(Boolean).join(' ');
    throw new FailedStep(`the rotator could not ${doing}: ${words}`, { cause: error });
  }
}

async function released(lease: Lease, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    await lease.release();
    throw error instanceof FailedStep
      ? new CommandError(`Going back failed: ${error.message}`, { cause: error })
      : error;
  }
}
