import fc from 'fast-check';
import { expect, test } from 'vitest';
import { slope } from '../../bench/synth/slope.ts';

test('the slope of a line is its factor, wherever it begins and however its points are spread', () => {
  const whole = fc.integer({ min: -1000, max: 1000 });
  const sizes = fc.uniqueArray(whole, { minLength: 2, maxLength: 20 });
  fc.assert(
    fc.property(whole, whole, sizes, (factor, begin, xs) => {
      expect(slope(xs.map((x) => ({ x, y: begin + factor * x })))).toBeCloseTo(factor, 6);
    }),
  );
});

test('points beside the line count by the square of their distance', () => {
  expect(slope([0, 0, 1, 1].map((x, index) => ({ x, y: [0, 2, 2, 6][index] as number })))).toBe(3);
});
