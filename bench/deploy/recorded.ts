import type { Spread } from '../support/report.ts';

/**
 * What Terraform and the real Google provider took for the two stacks as they were first designed, 8 + 8 resources:
 * the middle and the span of a few runs on two cores, against a stand-in for Google, so without a network. Recorded
 * before this project began; they cannot be run again here. Milliseconds.
 */
export const RECORDED = {
  deploy: recorded('cdktf deploy, real provider (recorded elsewhere)', 35_000, 37_000),
  again: recorded('cdktf deploy with nothing to change (recorded elsewhere)', 10_700, 13_000),
  destroy: recorded('cdktf destroy of the service (recorded elsewhere)', 12_000, 13_500),
} as const;

function recorded(name: string, least: number, most: number): Spread {
  return { name, median: (least + most) / 2, least, most };
}
