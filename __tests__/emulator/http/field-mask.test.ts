import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyFieldMask, parseFieldMask } from '../../../emulator/http/field-mask.ts';

const VALUE = {
  kind: 'list',
  items: [
    { name: 'a', size: '1', owner: { entity: 'x', id: 'y' } },
    { name: 'b', labels: { team: 't' } },
  ],
  nextPageToken: 'n',
};
const partial = (fields: string) => applyFieldMask(parseFieldMask(fields), VALUE);

describe('a field mask', () => {
  it.each<[fields: string, expected: unknown]>([
    ['kind', { kind: 'list' }],
    ['kind,nextPageToken', { kind: 'list', nextPageToken: 'n' }],
    ['items/name,nextPageToken', { items: [{ name: 'a' }, { name: 'b' }], nextPageToken: 'n' }],
    ['items(name)', { items: [{ name: 'a' }, { name: 'b' }] }],
    ['items(name,owner(id))', { items: [{ name: 'a', owner: { id: 'y' } }, { name: 'b' }] }],
    ['items(owner/id,owner/entity)', { items: [{ owner: { entity: 'x', id: 'y' } }, {}] }],
    ['items.labels.team', { items: [{}, { labels: { team: 't' } }] }],
    ['items,items/name', { items: VALUE.items }],
    ['items/name,items', { items: VALUE.items }],
    ['items(*/id)', { items: [{ owner: { id: 'y' } }, { labels: {} }] }],
    ['*', VALUE],
    ['none', {}],
    ['', VALUE],
  ])('%s', (fields, expected) => {
    const actual = fields === '' ? applyFieldMask(new Map(), VALUE) : partial(fields);
    expect(actual).toEqual(expected);
  });

  it.each(['(', 'a(', 'a(b', 'a)', 'a,', ',a', 'a//b', 'a/', 'a(b)c', '()'])('%s is none', (fields) => {
    expect(() => parseFieldMask(fields)).toThrow(`Invalid field selection ${fields}`);
  });

  it('never adds anything, and a second time takes nothing away', () => {
    const fields = fc.array(fc.constantFrom('kind', 'items', 'items/name', 'items(owner/id)', '*', 'x'), {
      minLength: 1,
    });
    fc.assert(
      fc.property(fields, (selections) => {
        const mask = parseFieldMask(selections.join(','));
        const once = applyFieldMask(mask, VALUE);
        expect(VALUE).toMatchObject(once as object);
        expect(applyFieldMask(mask, once)).toEqual(once);
      }),
    );
  });
});
