import { liveGeneration, noGeneration, objectUrl, writerMetadata } from '@cloud-run-identity/secrets';
import { CommandError } from '../errors.ts';
import type { Encoding } from '../input/text.ts';
import { type Io, print, printJson } from '../io.ts';
import { callerOf } from '../secret/caller.ts';
import { describePlaintext } from '../secret/described.ts';
import { commandOn, findSecret, type OpenSecret, openSecret } from '../secret/open.ts';
import {
  openProposal,
  type Proposal,
  proposalObject,
  readProposal,
  removeProposal,
  writeProposal,
} from '../secret/proposal.ts';
import { checkSecret } from '../secret/shape.ts';
import { parseGeneration, readLive } from '../secret/stored.ts';
import type { Target } from '../secret/target.ts';
import { compareValues } from '../secret/values.ts';
import { writeSecret } from '../secret/write.ts';
import { readPlaintext } from './encrypt.ts';
import { printChanges } from './print-changes.ts';
import { printWritten, type WrittenSecret } from './print-written.ts';
import { partsOf } from './run-put.ts';

/** Arguments of `cloud-run-identity propose`. */
export interface RunProposeOptions extends Target {
  /** Path of the plaintext, or `-` for standard input. */
  readonly source: string;
  readonly encoding?: Encoding | undefined;
  readonly json?: boolean | undefined;
}

/**
 * The command `propose`: validates, encrypts and stores a secret beside the live one, where no service reads it. It needs
 * no permission to decrypt, and none to write the live secret.
 *
 * @throws CommandError, SecretError
 */
export async function runPropose(
  io: Io,
  { source, encoding, json, ...target }: RunProposeOptions,
): Promise<void> {
  const plaintext = await readPlaintext(await findSecret(io, target), source, encoding);
  const secret = await openSecret(io, target);
  const replaces = await liveGeneration(secret.clients, secret.reference);
  const generation = await writeProposal(secret, plaintext, replaces);
  const { bucket, object } = proposalObject(secret);
  if (json) return printJson(io, { bucket, object, generation, replaces });
  print(io, `Proposed ${objectUrl(bucket, object, generation)} in place of generation ${replaces}`);
  print(
    io,
    `Nothing has changed. Somebody else looks at it, and approves it: ${commandOn(secret, 'approve')}`,
  );
}

/** Arguments of `cloud-run-identity approve`. */
export interface RunApproveOptions extends Target {
  /** The proposal that is approved; undefined only shows it. */
  readonly generation?: string | undefined;
  /** Whether it is deleted instead. */
  readonly reject?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/**
 * The command `approve`: shows which keys a proposal changes, or makes it the live secret. Who proposed it may not.
 *
 * @returns what was written
 * @throws CommandError when it is the caller's own, is another one by now, or is for a generation that is live no more;
 *   ConflictError, SecretError
 */
export async function runApprove(
  io: Io,
  { generation, reject, json, ...target }: RunApproveOptions,
): Promise<WrittenSecret | undefined> {
  const secret = await openSecret(io, target);
  const proposal = await readProposal(secret);
  if (generation === undefined) {
    await show(secret, proposal, json);
    return undefined;
  }
  if (parseGeneration(secret, generation) !== proposal.generation) {
    throw new CommandError(
      `What is proposed by now is generation ${proposal.generation}, not ${generation}: look at it, ${commandOn(secret, 'approve')}`,
    );
  }
  if (reject) {
    if (!(await removeProposal(secret, proposal))) {
      throw new CommandError('The proposal was not deleted: you lack storage.objects.delete on it.');
    }
    if (json) printJson(io, { rejected: proposal.generation });
    else print(io, `Deleted the proposal of ${proposal.writer}. Nothing has changed.`);
    return undefined;
  }
  return approve(secret, proposal, json);
}

async function approve(
  secret: OpenSecret,
  proposal: Proposal,
  json: boolean | undefined,
): Promise<WrittenSecret> {
  const { writer, replaces, reason } = proposal;
  const caller = await callerOf(secret);
  if (caller === undefined || caller === writer) {
    const who = caller ?? 'somebody whom your credentials do not name';
    throw new CommandError(`${writer} proposed it, and you are ${who}: somebody else has to approve it.`);
  }
  const plaintext = await openProposal(secret, proposal);
  await checkSecret(secret, plaintext);
  const { generation, format } = await readLive(secret);
  if (generation !== replaces) {
    throw new CommandError(
      `It was proposed in place of generation ${replaces}, and ${generation} is live by now: have it proposed again.`,
    );
  }
  const notes = { [writerMetadata]: caller, 'proposed-by': writer, ...(reason !== undefined && { reason }) };
  const written = await writeSecret(secret, plaintext, generation, { format, notes });
  await removeProposal(secret, proposal);
  return printWritten(secret, written, secret.name, describePlaintext(secret, plaintext), json);
}

async function show(secret: OpenSecret, proposal: Proposal, json: boolean | undefined): Promise<void> {
  const { io } = secret;
  const after = await openProposal(secret, proposal);
  const live = await readLive(secret);
  const before = live.generation === noGeneration ? undefined : live.plaintext;
  const changes = compareValues(partsOf(secret, before), partsOf(secret, after));
  if (json) {
    return printJson(io, { ...proposal, changes: changes.map(({ key, change }) => ({ key, change })) });
  }
  const { generation, writer, created, replaces, reason } = proposal;
  print(
    io,
    `${writer} proposed it at ${created}, in place of generation ${replaces}${reason ? `: ${reason}` : ''}`,
  );
  printChanges(io, changes, { reveal: false });
  print(io, `Approve: ${commandOn(secret, 'approve', generation)}`);
}
