import { expect, test } from 'vitest';
import { runSoak } from '../../bench/soak/run-soak.ts';

// The long form, which also measures: npm run bench -- soak
const seconds = process.env.CI ? 60 : 15;

test('at saturation, with rotations and faults, no answer is wrong', { timeout: 240_000 }, async () => {
  const { requests, faultsHit, rotations, ...result } = await runSoak({
    seconds,
    rotationSeconds: 2,
    faultShare: 0.3,
    connections: 8,
  });
  expect(result).toMatchObject({ wrong: [], errors: [], hasNewest: true, exitCode: 0 });
  expect(requests).toBeGreaterThan(100);
  expect(rotations).toBeGreaterThan(2);
  expect(faultsHit).toBeGreaterThan(0);
});
