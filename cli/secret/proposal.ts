import {
  callGoogle,
  noGeneration,
  objectUrl,
  readObject,
  reasonMetadata,
  SecretError,
  type SecretReference,
  seal,
  unseal,
  writeObject,
  writerMetadata,
} from '@cloud-run-identity/secrets';
import { CommandError } from '../errors.ts';
import { callerOf } from './caller.ts';
import { metadataOf } from './object-metadata.ts';
import { commandOn, type OpenSecret } from './open.ts';
import { auditedWrites, writerAt } from './writers.ts';

/** A secret that somebody has proposed, and that changes nothing until somebody else approves it. */
export interface Proposal {
  /** Of the proposal, by which it is approved. */
  readonly generation: string;
  /** Generation of the secret that it replaces. */
  readonly replaces: string;
  /** Email. */
  readonly writer: string;
  readonly reason: string | undefined;
  /** RFC 3339. */
  readonly created: string;
}

/** Custom metadata key of the generation of the secret that a proposal would replace. */
const REPLACES = 'proposed-instead-of';

/** Where a secret is proposed: an object beside the secret's, which IAM tells apart by its name, with the same key. */
export function proposalObject({ reference }: Pick<OpenSecret, 'reference'>): SecretReference {
  return { ...reference, object: `${reference.object}.proposed` };
}

/**
 * Stores a proposal in place of the one that is there, if any. The plaintext is valid.
 *
 * @param replaces generation of the secret that it is meant to replace
 * @throws ConflictError when another one was stored meanwhile; SecretError
 */
export async function writeProposal(
  secret: OpenSecret,
  plaintext: Uint8Array,
  replaces: string,
): Promise<string> {
  const { clients, target } = secret;
  const writer = await callerOf(secret);
  const place = proposalObject(secret);
  const there = await metadataOf(secret.clients, proposalObject(secret));
  const sealed = await seal(clients, place, plaintext);
  const notes = {
    [REPLACES]: replaces,
    ...(writer !== undefined && { [writerMetadata]: writer }),
    ...(target.reason !== undefined && { [reasonMetadata]: target.reason }),
  };
  return writeObject(clients, place, { ...sealed, notes }, String(there?.generation ?? noGeneration));
}

/**
 * The proposal that waits. Who wrote it is what Cloud Audit Logs say, where they may be read, else its metadata, which its
 * writer set.
 *
 * @throws CommandError when there is none, or nobody knows whose it is; SecretError
 */
export async function readProposal(secret: OpenSecret): Promise<Proposal> {
  const metadata = await metadataOf(secret.clients, proposalObject(secret));
  const { bucket, object } = proposalObject(secret);
  if (!metadata) {
    throw new CommandError(
      `Nothing is proposed: there is no ${objectUrl(bucket, object)}. Propose: ${commandOn(secret, 'propose', 'FILE')}`,
    );
  }
  const noted = (name: string) => metadata.metadata?.[name]?.toString();
  const created = String(metadata.timeCreated);
  const writer = (await auditedWriter(secret, created)) ?? noted(writerMetadata);
  if (writer === undefined) {
    throw new CommandError(
      `Nobody knows who proposed ${objectUrl(bucket, object)}: neither its metadata nor the audit log says it. Propose it again.`,
    );
  }
  return {
    generation: String(metadata.generation),
    replaces: noted(REPLACES) ?? noGeneration,
    writer,
    reason: noted(reasonMetadata),
    created,
  };
}

/** The plaintext of a proposal. @throws SecretError */
export async function openProposal(secret: OpenSecret, { generation }: Proposal): Promise<Buffer> {
  const place = proposalObject(secret);
  const { bytes } = await readObject(secret.clients, place.bucket, place.object, generation);
  return (await unseal(secret.clients, place, bytes)).plaintext;
}

/** Deletes a proposal. @returns false where that is not allowed: it stays, for a generation that is live no more */
export async function removeProposal(secret: OpenSecret, { generation }: Proposal): Promise<boolean> {
  const { clients } = secret;
  const { bucket, object } = proposalObject(secret);
  const call = { permission: 'storage.objects.delete', bucket, object } as const;
  try {
    await callGoogle(call, clients.callerEmail, () =>
      clients.storage.bucket(bucket).file(object).delete({ ifGenerationMatch: generation }),
    );
    return true;
  } catch (error) {
    if (error instanceof SecretError) return false;
    throw error;
  }
}

async function auditedWriter(secret: OpenSecret, created: string): Promise<string | undefined> {
  try {
    return writerAt(await auditedWrites({ ...secret, reference: proposalObject(secret) }, created), created);
  } catch (error) {
    if (error instanceof SecretError) return undefined;
    throw error;
  }
}
