import { bucketChecks } from './bucket.ts';
import type { Check } from './check.ts';
import type { Deployment } from './deployment.ts';
import { nothingOverdue } from './expiry.ts';
import { decryptGrant, forbiddenAccess, readGrant } from './grants.ts';
import { keyRotation, primaryKeyVersion } from './key.ts';
import { noOlderLives } from './newest.ts';
import { newestDecrypts } from './object.ts';
import { newestServes, runsAsDeclared } from './revision.ts';
import { answers, hasNewest, letsIn, saysWhoItIs } from './service.ts';
import {
  newestRolledOut,
  onlyInside,
  workloadAnswers,
  workloadAsDeclared,
  workloadHasNewest,
  workloadSaysWhoItIs,
} from './workload.ts';

/** What must hold of the secret, whatever reads it. */
const OF_THE_SECRET: readonly Check[] = [
  { ...decryptGrant, name: 'its identity can decrypt with its key' },
  { ...readGrant, name: 'its identity can read its object' },
  ...forbiddenAccess,
  ...bucketChecks,
  primaryKeyVersion,
  newestDecrypts,
  noOlderLives,
  keyRotation,
  nothingOverdue,
];

/** Everything that must hold of a deployment on Cloud Run, in the order of the table. */
export const PROOFS: readonly Check[] = [
  ...[answers, newestServes, runsAsDeclared, saysWhoItIs, hasNewest, letsIn],
  ...OF_THE_SECRET,
];

/** The same of a workload on GKE. */
const GKE_PROOFS: readonly Check[] = [
  ...[workloadAnswers, newestRolledOut, workloadAsDeclared, workloadSaysWhoItIs, workloadHasNewest],
  onlyInside,
  ...OF_THE_SECRET,
];

/** What must hold of a deployment, wherever it runs. */
export function proofsOf({ declared }: Pick<Deployment, 'declared'>): readonly Check[] {
  return declared.workload ? GKE_PROOFS : PROOFS;
}
