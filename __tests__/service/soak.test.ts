import { expect, test } from 'vitest';
import { runSoak } from '../../bench/soak/run-soak.ts';

// The long form, which also measures: npm run bench -- soak
const seconds = 6;

test('at saturation, with rotations and faults, no answer is wrong', { timeout: 240_000 }, async () => {
  const { requests, faultsHit, rotations, ...result } = await runSoak({
    seconds,
    rotationSeconds: 1,
    faultShare: 0.3,
    connections: 8,
  });
  expect(result).toMatchObject({ wrong: [], errors: [], hasNewest: true, exitCode: 0 });
  expect(requests).toBeGreaterThan(0);
  expect(rotations).toBeGreaterThan(1);
  expect(faultsHit).toBeGreaterThan(0);
});
