import { bucketChecks } from './bucket.ts';
import type { Check } from './check.ts';
import { nothingOverdue } from './expiry.ts';
import { decryptGrant, forbiddenAccess, readGrant } from './grants.ts';
import { keyRotation, primaryKeyVersion } from './key.ts';
import { noOlderLives } from './newest.ts';
import { newestDecrypts } from './object.ts';
import { newestServes, runsAsDeclared } from './revision.ts';
import { answers, hasNewest, letsIn, saysWhoItIs } from './service.ts';

/** Everything that must hold of a deployment, in the order of the table. */
export const PROOFS: readonly Check[] = [
  answers,
  newestServes,
  runsAsDeclared,
  saysWhoItIs,
  hasNewest,
  letsIn,
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
