import { expect, test } from 'vitest';
import { alternate, alternateFigures, median, medianOf } from '../../bench/support/measure.ts';

test('rounds alternate, and the first is not counted', async () => {
  const order: string[] = [];
  const figures = { a: [100, 3, 1, 2], b: [100, 5, 5, 5] };
  const measured = (name: 'a' | 'b') => async () => {
    order.push(name);
    return figures[name].shift() ?? Number.NaN;
  };
  expect(await alternate(3, { a: measured('a'), b: measured('b') })).toEqual([
    { name: 'a', median: 2, least: 1, most: 3 },
    { name: 'b', median: 5, least: 5, most: 5 },
  ]);
  expect(order.join('')).toBe('abababab');
});

test('several figures of one run are kept apart', async () => {
  const { time, memory } = await alternateFigures(2, {
    a: async () => ({ time: 1, memory: 2 }),
    b: async () => ({ time: 3, memory: 4 }),
  });
  expect(medianOf(time, 'b')).toBe(3);
  expect(medianOf(memory, 'a')).toBe(2);
  expect(medianOf(memory, 'c')).toBeNaN();
});

test('the median of an even number is the mean of the two in the middle', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
});
