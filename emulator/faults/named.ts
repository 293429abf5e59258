import type { Fault } from '../faults.ts';
import { REFUSALS, type RefusalName } from './refusals.ts';

/** A fault that has a name: what breaks, and how its clients are told. */
export interface NamedFault {
  readonly what: string;
  /** What a client gets, in Google's words where there are any. */
  readonly told: string;
  readonly faults: readonly Fault[];
}

const STORAGE = ['/storage/*', '/upload/storage/*', '/download/storage/*'];
const WRITES = STORAGE.slice(0, 2);
const DATA = [...STORAGE, '/kms/*'];
const METADATA = ['/computeMetadata/v1/instance/service-accounts/*/token'];

const each = (paths: readonly string[], fault: Fault): Fault[] => paths.map((path) => ({ path, ...fault }));

const refusing = (
  refusal: RefusalName,
  what: string,
  paths: readonly string[],
  choice: Partial<Fault> = {},
): NamedFault => {
  const { status, message } = REFUSALS[refusal];
  return {
    what,
    told: `${status} ${message}`,
    faults: each(paths, { ...choice, effect: { kind: 'refusal', refusal } }),
  };
};

/** The faults by name, as `local fault NAME` sets them. */
export const NAMED_FAULTS: Readonly<Record<string, NamedFault>> = {
  'vpc-sc': refusing(
    'vpc-sc',
    'a service perimeter (VPC Service Controls) keeps callers out of Cloud Storage and Cloud KMS',
    DATA,
  ),
  'billing-disabled': refusing('billing-disabled', 'the project has no billing account any more', DATA),
  'quota-project': refusing(
    'quota-project',
    'the caller may not use the project that requests are charged to',
    DATA,
  ),
  'requester-pays': refusing(
    'requester-pays',
    'whoever reads the bucket has to pay, and names no project',
    STORAGE,
  ),
  retention: refusing(
    'retention',
    'a retention policy keeps the object: it cannot be replaced or deleted',
    WRITES.slice(1),
  ),
  'org-policy': refusing('org-policy', "the organization's policy forbids what is written", WRITES.slice(1)),
  'storage-key-disabled': refusing(
    'storage-key-disabled',
    'the key that the bucket is encrypted with is disabled',
    STORAGE,
    { query: 'alt=media' },
  ),
  unavailable: {
    what: 'Cloud Storage and Cloud KMS are down',
    told: '503 Service Unavailable',
    faults: each(DATA, { effect: { kind: 'status', status: 503 } }),
  },
  slow: {
    what: 'Cloud Storage and Cloud KMS answer two seconds late',
    told: 'the right answer, late',
    faults: each(DATA, { effect: { kind: 'latency', milliseconds: 2000 } }),
  },
  corrupted: {
    what: 'one bit of what is downloaded or decrypted flips on its way',
    told: 'bytes that are not those of their checksum',
    faults: [
      ...each(STORAGE, { query: 'alt=media', effect: { kind: 'flippedBit', of: 'response' } }),
      ...each(['/storage/xml/*', '/kms/*:decrypt'], { effect: { kind: 'flippedBit', of: 'response' } }),
    ],
  },
  'metadata-slow': {
    what: 'the metadata server gives tokens two seconds late',
    told: 'the token, late',
    faults: each(METADATA, { effect: { kind: 'latency', milliseconds: 2000 } }),
  },
  'metadata-404': {
    what: 'the metadata server has no token',
    told: '404 Not Found',
    faults: each(METADATA, { effect: { kind: 'status', status: 404 } }),
  },
  'metadata-500': {
    what: 'the metadata server is broken',
    told: '500 Internal Server Error',
    faults: each(METADATA, { effect: { kind: 'status', status: 500 } }),
  },
};
