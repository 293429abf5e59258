import { expect, it } from 'vitest';
import { kindNamed } from '../../../emulator/kubernetes/kinds.ts';
import { Store } from '../../../emulator/kubernetes/store.ts';

const kind = kindNamed('ConfigMap');
const note = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'note', namespace: 'orders' } };

it('tells of what a listener changes after what it was told of, to all of them in one order', () => {
  const store = new Store(() => new Date());
  const told: string[] = [];
  store.subscribe(({ type, object }) => {
    if (type === 'ADDED') store.replace(kind, object, { ...object, data: { a: '1' } });
  });
  store.subscribe(({ type, object }) => told.push(`${type} ${object.data?.a}`));
  store.add(kind, note);
  expect(told).toEqual(['ADDED undefined', 'MODIFIED 1']);
  expect(store.since('100').map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED']);
});

it('shows what would be stored, and stores nothing', () => {
  const store = new Store(() => new Date());
  expect(store.add(kind, note, true)).toMatchObject(note);
  expect(store.list(kind)).toEqual([]);
  const before = store.add(kind, note);
  expect(store.replace(kind, before, { ...before, data: { a: '1' } }, true).data).toEqual({ a: '1' });
  expect(store.get(kind, 'orders', 'note')).toEqual(before);
});
