import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Node, sortByDependency } from '../../../emulator/apply/order.ts';

function graph(edges: Readonly<Record<string, readonly string[]>>): Map<string, Node> {
  return new Map(
    Object.entries(edges).map(([address, needs]) => [address, { address, needs: new Set(needs) }]),
  );
}

test('every node comes once, after what it needs', () => {
  const acyclic = fc
    .array(fc.array(fc.nat(20), { maxLength: 4 }), { maxLength: 20 })
    .map((rows) => rows.map((row, index) => row.filter((needed) => needed < index)))
    .chain((rows) =>
      fc.shuffledSubarray(
        rows.map((needs, i) => [`n${i}`, needs.map((n) => `n${n}`)] as const),
        { minLength: rows.length },
      ),
    );
  fc.assert(
    fc.property(acyclic, (entries) => {
      const { sorted, cycles } = sortByDependency(graph(Object.fromEntries(entries)));
      expect(cycles).toEqual([]);
      const place = new Map(sorted.map(({ address }, index) => [address, index]));
      expect(place.size).toBe(entries.length);
      for (const { address, needs } of sorted) {
        for (const needed of needs) expect(place.get(needed)).toBeLessThan(place.get(address) ?? -1);
      }
    }),
  );
});

test('cycles are named', () => {
  expect(sortByDependency(graph({ a: ['b'], b: ['c'], c: ['b'], d: ['d'] })).cycles).toEqual([
    'b -> c -> b',
    'd -> d',
  ]);
});
