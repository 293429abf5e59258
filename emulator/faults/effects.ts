import type { RefusalName } from './refusals.ts';

/** What can go wrong with one request. */
export type FaultEffect =
  /** It is answered with this status, and not carried out. */
  | {
      readonly kind: 'status';
      readonly status: number;
      /** Words of the answer. @default the standard text of the status */
      readonly message?: string;
      /** The answer's body in place of an error in Google's shape: text, or what is written as JSON. */
      readonly body?: unknown;
    }
  /** It is refused as Google refuses for another reason than a missing permission, in the shape of its API. */
  | { readonly kind: 'refusal'; readonly refusal: RefusalName }
  /** It is carried out late. */
  | { readonly kind: 'latency'; readonly milliseconds: number }
  /** The connection is reset, and it is not carried out. */
  | { readonly kind: 'reset' }
  /** It is never answered, and not carried out. */
  | { readonly kind: 'silence' }
  /** The body of the answer takes its time, piece by piece. */
  | { readonly kind: 'slowBody'; readonly milliseconds: number }
  /** The body of the answer ends in the middle, together with the connection. */
  | { readonly kind: 'truncatedBody' }
  /** A bit flips on the way: in an uploaded or downloaded object, a plaintext or a ciphertext. */
  | { readonly kind: 'flippedBit'; readonly of: 'request' | 'response' }
  /** The checksums of the answer are those of other data. */
  | { readonly kind: 'wrongChecksum' }
  /** The token expires now: this request and all later ones with it are refused. */
  | { readonly kind: 'expiredToken' };

/** The kinds of effects, each with the fields that it needs. */
export const EFFECTS: Readonly<Record<FaultEffect['kind'], readonly string[]>> = {
  status: ['status'],
  refusal: ['refusal'],
  latency: ['milliseconds'],
  reset: [],
  silence: [],
  slowBody: ['milliseconds'],
  truncatedBody: [],
  flippedBit: ['of'],
  wrongChecksum: [],
  expiredToken: [],
};
