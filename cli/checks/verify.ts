import { explain } from './broken.ts';
import type { Deployment } from './deployment.ts';
import { accessProofs } from './proofs/access.ts';
import { bucketProofs } from './proofs/bucket.ts';
import { invokerProof } from './proofs/invoker.ts';
import { keyProofs } from './proofs/key.ts';
import { serviceProofs } from './proofs/service.ts';

/** One thing that must hold. */
export interface Proof {
  /** What holds, as a sentence. */
  readonly claim: string;
  /**
   * Looks.
   * @returns the evidence
   * @throws BrokenError, SecretError or CommandError when it does not hold, or cannot be told
   */
  readonly prove: (deployment: Deployment) => Promise<string>;
}

/** What came of a proof. */
export interface Verdict {
  readonly claim: string;
  readonly holds: boolean;
  /** What was seen, or what is wrong. */
  readonly evidence: string;
  /** The one command that mends it, where something is wrong. */
  readonly fix?: string;
}

/** Everything that must hold of a deployment, in the order of the table. */
export const PROOFS: readonly Proof[] = [
  ...serviceProofs,
  invokerProof,
  ...accessProofs,
  ...bucketProofs,
  ...keyProofs,
];

/** Looks at everything, whatever fails. */
export async function verify(deployment: Deployment): Promise<Verdict[]> {
  return Promise.all(PROOFS.map((proof) => judge(proof, deployment)));
}

async function judge({ claim, prove }: Proof, deployment: Deployment): Promise<Verdict> {
  try {
    return { claim, holds: true, evidence: await prove(deployment) };
  } catch (error) {
    const { problem, fix } = explain(error);
    return { claim, holds: false, evidence: problem, fix };
  }
}
