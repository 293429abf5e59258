import type { Check } from './check.ts';
import type { Deployment } from './deployment.ts';
import { nothingOverdue } from './expiry.ts';
import { decryptGrant, readGrant } from './grants.ts';
import { primaryKeyVersion } from './key.ts';
import { ciphertextOpens, objectThere } from './object.ts';
import { apis, credentials, identity } from './project.ts';
import { revision } from './revision.ts';
import { probe } from './service.ts';
import { rollout, workloadProbe } from './workload.ts';

/**
 * The chain between the settings and a service that has its secret; each link is only meaningful when those before it
 * hold.
 */
export const CHAIN: readonly Check[] = [
  credentials,
  apis,
  { ...primaryKeyVersion, name: 'key' },
  objectThere,
  ciphertextOpens,
  identity,
  decryptGrant,
  readGrant,
  revision,
  probe,
  { ...nothingOverdue, name: 'expiry' },
];

/** The chain of a deployment, wherever it runs: on GKE its last links are other ones of the same names. */
export function chainOf({ declared }: Pick<Deployment, 'declared'>): readonly Check[] {
  const onGke = new Map([rollout, workloadProbe].map((check) => [check.name, check]));
  return declared.workload ? CHAIN.map((check) => onGke.get(check.name) ?? check) : CHAIN;
}

/** What errors say, in Google's words and in ours, and the link that each is about: the first that fits. */
const WORDS: readonly (readonly [pattern: RegExp, link: string])[] = [
  [/default credentials|invalid authentication|invalid_grant|UNAUTHENTICATED/i, 'credentials'],
  [/SERVICE_DISABLED|has not been used in project|API \S+ is not enabled/i, 'APIs'],
  [/is not enabled, current state|CryptoKey\S* \S+ not found|KeyRing \S+ not found/i, 'key'],
  [/useToDecrypt/, 'decrypt grant'],
  [
    /Decryption failed|not made with the key|altered or truncated|(?:config|secret) is not valid/i,
    'ciphertext',
  ],
  [/No such object|object \S+ does not exist/i, 'object'],
  [/storage\.objects\.(?:get|list)/, 'read grant'],
  [
    /(?:service account|serviceAccounts\/\S+) .*(?:does not exist|is disabled)|Unknown service account/i,
    'identity',
  ],
  [/run\.routes\.invoke|does not have permission to the requested URL/i, 'probe'],
  [/failed to start|did not come up|HealthCheckContainerError|STARTUP (?:TCP|HTTP) probe/i, 'revision'],
];

/**
 * The link of the chain that an error is about, as far as its words tell.
 *
 * @param error text of an error of Google, of the service's log, or of these commands
 */
export function linkOfError(error: string): string | undefined {
  const [, link] = WORDS.find(([pattern]) => pattern.test(error)) ?? [];
  return CHAIN.find(({ name }) => name === link)?.name;
}
