import type { LocalCloud } from '../../emulator/cloud.ts';
import type { FaultEffect } from '../../emulator/faults.ts';

const effects: readonly FaultEffect[] = [
  { kind: 'status', status: 403 },
  { kind: 'status', status: 429 },
  { kind: 'status', status: 503 },
  { kind: 'reset' },
  { kind: 'truncatedBody' },
  { kind: 'flippedBit', of: 'response' },
  { kind: 'wrongChecksum' },
  { kind: 'expiredToken' },
  { kind: 'latency', milliseconds: 200 },
];

/** Lets a share of a member's calls go wrong, in every way. */
export function injectSome(cloud: LocalCloud, member: string, share: number): void {
  for (const effect of effects) {
    for (const path of ['/storage/*', '/kms/*']) {
      cloud.faults.add({ path, member, probability: share / effects.length, effect });
    }
  }
}
