import { objectUrl } from '@cloud-run-identity/secrets';
import { CommandError, ExitError } from '../errors.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { isKnown } from '../failure.ts';
import { type Io, print, printJson } from '../io.ts';
import { withProgress } from '../output/progress.ts';
import { addPrimaryVersion, numberOf, primaryVersion } from '../secret/key-versions.ts';
import { type Evidence, isMadeWith, liveObjects, whileItCounts } from '../secret/needed-versions.ts';
import { type OpenSecret, openSecret } from '../secret/open.ts';
import { isMissing, readStored } from '../secret/stored.ts';
import type { Target } from '../secret/target.ts';
import { disableOlder, reencrypt } from './run-rotate-key.ts';

/** Arguments of `cloud-run-identity rotate-key --all`. */
export interface RunRotateAllOptions extends Target {
  readonly disableOld?: boolean | undefined;
  readonly giveUpGenerations?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** A key that was rotated within it, and all of whose secrets are encrypted with the newest version, is done. */
const DONE_MILLISECONDS = 24 * 60 * 60 * 1000;

/** What became of a secret. */
interface Outcome {
  readonly url: string;
  readonly key: string;
  readonly state: 'encrypted' | 'was encrypted already' | 'is not there' | 'failed';
  readonly keyVersion?: string;
  readonly generation?: string;
  readonly problem?: string;
}

/**
 * The command `rotate-key --all`: encrypts every secret of the settings, or every object of a bucket that a key opens,
 * with a new primary version of its key. A key gets one only when all of its secrets have the present one, and not
 * twice within a day: a run that was stopped goes on where it was when it is started again.
 *
 * @throws ExitError when one of them failed, after all others; CommandError, SecretError
 */
export async function runRotateAll(
  io: Io,
  { disableOld, giveUpGenerations, json, ...target }: RunRotateAllOptions,
): Promise<void> {
  const secrets = await secretsOf(io, target);
  const keys = new Map<string, OpenSecret[]>();
  for (const secret of secrets) {
    const { key } = secret.reference;
    keys.set(key, [...(keys.get(key) ?? []), secret]);
  }
  const outcomes: Outcome[] = [];
  const disabled: string[] = [];
  const onOutcome = (outcome: Outcome) => {
    outcomes.push(outcome);
    if (!json) print(io, `${outcomes.length} of ${secrets.length}  ${inWords(outcome)}`);
  };
  for (const ofKey of keys.values()) {
    const [first] = ofKey;
    const version = await attempt(() => rotate(io, ofKey, onOutcome));
    if (version instanceof Error) {
      for (const { reference } of ofKey) {
        const { bucket, object, key } = reference;
        onOutcome({ url: objectUrl(bucket, object), key, state: 'failed', problem: version.message });
      }
      continue;
    }
    if (disableOld && first && version !== undefined) {
      disabled.push(...(await disableOlder(first, version, giveUpGenerations)));
    }
  }
  if (json) printJson(io, { secrets: outcomes, disabled });
  else for (const name of disabled) print(io, `Disabled ${name}`);
  if (outcomes.some(({ state }) => state === 'failed')) throw new ExitError(EXIT_CODES.failed);
}

/** @returns the version that all secrets of the key have now; undefined when one of them failed */
async function rotate(
  io: Io,
  secrets: readonly OpenSecret[],
  onOutcome: (outcome: Outcome) => void,
): Promise<string | undefined> {
  const [first] = secrets;
  if (!first) return undefined;
  const look = () => Promise.all(secrets.map((secret) => attempt(() => evidenceOf(secret))));
  const found = await withProgress(io, 'Looking which secrets are there', look);
  const isAnyThere = found.some((one) => one !== undefined && !(one instanceof Error));
  if (!isAnyThere) {
    for (const [index, secret] of secrets.entries()) {
      const one = found[index];
      onOutcome(await outcomeOf(secret, one instanceof Error ? one : undefined, '', ''));
    }
    return undefined;
  }
  const primary = await primaryVersion(first);
  // Whether each needs another version than the primary one.
  const states = await withProgress(io, 'Looking which versions are in use', () =>
    whileItCounts(first, primary.name, async (isPrimary) =>
      (await look()).map((one) =>
        one === undefined || one instanceof Error ? one : !isMadeWith(primary.name, one, isPrimary),
      ),
    ),
  );
  const isUnderWay = states.some((state) => state === true);
  // The first version was not made by a rotation.
  const isNew = numberOf(primary.name) > 1 && Date.now() - primary.created < DONE_MILLISECONDS;
  const version = isUnderWay || isNew ? primary.name : await addPrimaryVersion(first);
  let isComplete = true;
  for (const [index, secret] of secrets.entries()) {
    const outcome = await outcomeOf(secret, states[index], version, primary.name);
    if (outcome.state === 'failed') isComplete = false;
    onOutcome(outcome);
  }
  return isComplete ? version : undefined;
}

/** What shows which version made a secret; undefined where there is no object. */
async function evidenceOf(secret: OpenSecret): Promise<Evidence | undefined> {
  try {
    const { keyVersion, usedPrimary } = await readStored(secret);
    return { keyVersion, usedPrimary };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function outcomeOf(
  secret: OpenSecret,
  state: boolean | undefined | Error,
  version: string,
  primary: string,
): Promise<Outcome> {
  const { bucket, object, key } = secret.reference;
  const about = { url: objectUrl(bucket, object), key };
  if (state instanceof Error) return { ...about, state: 'failed', problem: state.message };
  if (state === undefined) return { ...about, state: 'is not there' };
  if (state === false && version === primary)
    return { ...about, state: 'was encrypted already', keyVersion: version };
  const written = await attempt(() => reencrypt(secret, version));
  if (written instanceof Error) return { ...about, state: 'failed', problem: written.message };
  return { ...about, state: 'encrypted', keyVersion: version, generation: written.generation };
}

/** One that fails does not keep the others from being encrypted. */
async function attempt<Result>(action: () => Promise<Result>): Promise<Result | Error> {
  try {
    return await action();
  } catch (error) {
    if (isKnown(error)) return error;
    throw error;
  }
}

function inWords({ url, state, keyVersion = '', problem }: Outcome): string {
  if (problem !== undefined) return `${url} failed: ${problem}`;
  const version = keyVersion.slice(keyVersion.lastIndexOf('/') + 1);
  return `${url} ${state}${version && ` with version ${version}`}`;
}

/** Those of a bucket that the key opens, or those of the settings. */
async function secretsOf(io: Io, target: Target): Promise<OpenSecret[]> {
  if (target.bucket !== undefined) {
    if (target.key === undefined) {
      throw new CommandError(
        'With --all, --bucket takes --kms-key, too: the key is never taken from an object.',
      );
    }
    const place = { bucket: target.bucket, key: target.key, format: 'bytes' } as const;
    const any = await openSecret(io, { ...place, object: '*' });
    // A rotation under way, and a proposal, go on with their own objects, and end them.
    const names = (await liveObjects(any)).filter((name) => !/\.(?:rotation|proposed)$/.test(name));
    if (names.length === 0)
      throw new CommandError(`gs://${target.bucket} has no object that ${target.key} may open.`);
    return names.map((object) => ({ ...any, reference: { ...any.reference, object } }));
  }
  const { declaredServices } = await import('../secret/services.ts');
  const declared = declaredServices(io).filter(({ name }) => name === (target.service ?? name));
  return Promise.all(
    declared.map(({ bucket, object, key, secret, format }) =>
      openSecret(io, { bucket, object, key, secret, format }),
    ),
  );
}
