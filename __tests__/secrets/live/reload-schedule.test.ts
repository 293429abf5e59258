import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextLook, reloadTimes } from '../../../secrets/live/reload-schedule.ts';

const times = reloadTimes(900);

describe('the next look', () => {
  test('comes after the interval, a tenth more or less', () => {
    for (let count = 0; count < 1000; count += 1) {
      const next = nextLook(times, 0);
      expect(next).toBeGreaterThanOrEqual(810_000);
      expect(next).toBeLessThanOrEqual(990_000);
    }
  });

  test('comes after longer and longer pauses when looks fail, up to the interval', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), (failures) => {
        const longest = Math.min(5_000 * 2 ** (failures - 1), 900_000);
        const next = nextLook(times, failures);
        expect(next).toBeGreaterThanOrEqual(longest / 2);
        expect(next).toBeLessThanOrEqual(longest);
      }),
    );
  });

  test('is never the same for many instances', () => {
    expect(new Set(Array.from({ length: 100 }, () => nextLook(times, 0))).size).toBeGreaterThan(90);
  });
});
