import { expect, it } from 'vitest';
import { release, releasing } from '../../../secrets/envelope/release.ts';

it('gives memory back that is all of one buffer', () => {
  const bytes = new Uint8Array(100_000);
  const { buffer } = bytes;
  release(bytes);
  expect([bytes.length, buffer.byteLength, buffer.detached]).toEqual([0, 0, true]);
});

it.each([
  ['a part of another buffer', Buffer.alloc(100_000).subarray(1)],
  ["a part of Node's pool", Buffer.from('text')],
  ['shared with a thread', new Uint8Array(new SharedArrayBuffer(8))],
])('leaves alone what is %s', (_, bytes) => {
  const { length } = bytes;
  release(bytes);
  expect(bytes).toHaveLength(length);
});

it('releases a chunk when the next one is asked for, not before', async () => {
  const chunks = [new Uint8Array(3), new Uint8Array(4)];
  const lengths: number[][] = [];
  for await (const _ of releasing(chunks)) lengths.push(chunks.map(({ length }) => length));
  expect(lengths).toEqual([
    [3, 4],
    [0, 4],
  ]);
  expect(chunks.map(({ length }) => length)).toEqual([0, 0]);
});
