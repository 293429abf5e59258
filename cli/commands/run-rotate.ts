import { pathToFileURL } from 'node:url';
import { objectUrl } from '@cloud-run-identity/secrets';
import type { Rotator } from '@cloud-run-identity/secrets/rotators';
import { CommandError } from '../errors.ts';
import { type Io, pathOf, print, printError, printJson } from '../io.ts';
import type { Step } from '../rotation/lease.ts';
import { rotate } from '../rotation/rotate.ts';
import { openSecret } from '../secret/open.ts';
import { type WaitOptions, waitUntilServed } from '../secret/served.ts';
import type { Target } from '../secret/target.ts';

/** Arguments of `cloud-run-identity rotate`. */
export interface RunRotateOptions extends Target {
  /** What is rotated; of a secret that is text, its name. */
  readonly configKey: string;
  /** Path of the module that exports the rotator. */
  readonly with: string;
  readonly wait: WaitOptions;
  readonly orRollback?: boolean | undefined;
  readonly json?: boolean | undefined;
}

const DOING: Readonly<Record<Step, string>> = {
  create: 'Stored, encrypted. The server is told of the new credential',
  test: 'Testing it',
  switch: 'Making it the current one',
  wait: 'Waiting until no instance serves the old one',
  retire: 'Invalidating the old one',
  undo: 'Going back',
};

/**
 * The command `rotate`: replaces a credential by a new one, without a moment in which a service has none that works.
 *
 * @throws ConflictError when somebody else is rotating it; CommandError, SecretError
 */
export async function runRotate(io: Io, options: RunRotateOptions): Promise<void> {
  const { configKey: key, with: module, wait, orRollback, json, ...target } = options;
  const rotator = await readRotator(io, module);
  const secret = await openSecret(io, target);
  // Standard output is for the result alone where a program reads it.
  const say = (line: string) => (json ? printError(io, line) : print(io, line));
  let said = '';
  const report = (text: string) => {
    const line = text.replace(/\d+ s$/, '');
    if (line !== said) say(`  ${text}`);
    said = line;
  };
  const { generation, wentOnWith } = await rotate(secret, {
    key,
    rotator,
    reason: target.reason,
    orRollback,
    untilServed: (written) => waitUntilServed(secret, written, { ...wait, report }),
    onStep: (step) => say(DOING[step]),
  });
  const { bucket, object } = secret.reference;
  if (json) return printJson(io, { bucket, object, generation, key, wentOnWith });
  if (wentOnWith) print(io, `Finished the rotation that ${wentOnWith.writer} began at ${wentOnWith.began}`);
  print(io, `Rotated ${key}: ${objectUrl(bucket, object, generation)}. The old one is invalid.`);
}

/** @throws CommandError when the module has no rotator */
async function readRotator(io: Io, module: string): Promise<Rotator> {
  const file = pathOf(io, module);
  let exported: Record<string, unknown>;
  try {
    exported = await import(pathToFileURL(file).href);
  } catch (cause) {
    const { code, name } = cause as NodeJS.ErrnoException;
    throw new CommandError(
      `The rotator ${file} cannot be loaded (${code ?? name}): see that it runs with node ${module}`,
      {
        cause,
      },
    );
  }
  const { default: rotator } = exported as { default?: Partial<Record<keyof Rotator, unknown>> };
  const missing = (['propose', 'create', 'test', 'retire', 'undo'] as const).filter(
    (name) => typeof rotator?.[name] !== 'function',
  );
  if (missing.length === 0) return rotator as Rotator;
  throw new CommandError(
    `${file} is no rotator: its default export lacks ${missing.join(', ')}. docs/rotation.md shows one.`,
  );
}
