// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Terraform evaluates these.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expressionsIn, parseTemplate, resolve } from '../../../emulator/apply/expressions.ts';

const attributes: Record<string, Record<string, unknown>> = {
  'google_storage_bucket.b': { name: 'my-bucket', size: 3 },
  'google_cloud_run_service.s-1': { status: [{ url: 'http://127.0.0.1:1' }] },
};
const scope = { moduleDirectory: '/stack', attributes: (address: string) => attributes[address] ?? {} };
const expression = (text: string) => `\${${text}}`;

describe('resolve', () => {
  test.each([
    [expression('google_storage_bucket.b.name'), 'my-bucket'],
    [expression(' google_storage_bucket.b.name '), 'my-bucket'],
    [`gs://${expression('google_storage_bucket.b.name')}/o`, 'gs://my-bucket/o'],
    [expression('google_cloud_run_service.s-1.status[0].url'), 'http://127.0.0.1:1'],
    [expression('google_cloud_run_service.s-1.status.0.url'), 'http://127.0.0.1:1'],
    [`${expression('path.module')}/../config.enc`, '/stack/../config.enc'],
    [`$${expression('not.an.expression')}`, expression('not.an.expression')],
    ['%%{if}', '%{if}'],
    ['100 % of $5 {}', '100 % of $5 {}'],
    [`resource.name == "a"`, `resource.name == "a"`],
  ])('%s is %s', (template, value) => {
    expect(resolve(template, scope)).toBe(value);
  });

  test('a string that is one expression takes the type of its value, a longer one is text', () => {
    const template = expression('google_storage_bucket.b.size');
    expect(resolve([template, `${template} bytes`], scope)).toEqual([3, '3 bytes']);
  });

  test('goes into objects and leaves other values alone', () => {
    const value = {
      list: [{ name: expression('google_storage_bucket.b.name') }],
      n: 1,
      no: false,
      nil: null,
    };
    expect(resolve(value, scope)).toEqual({ list: [{ name: 'my-bucket' }], n: 1, no: false, nil: null });
  });

  test('a missing attribute is an error that names it', () => {
    expect(() => resolve(expression('google_storage_bucket.b.colour'), scope)).toThrow(
      'google_storage_bucket.b has no attribute colour',
    );
  });

  test('a list inside a text is an error', () => {
    expect(() => resolve(`x${expression('google_cloud_run_service.s-1.status')}`, scope)).toThrow('no text');
  });

  test('text without $ and % is left as it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/[$%]/.test(text));
        expect(resolve(text, scope)).toBe(text);
      }),
    );
  });
});

describe('parseTemplate', () => {
  test.each([
    'element(google_storage_bucket.b.name, 0)',
    'var.region',
    'local.region',
    'each.value',
    'google_storage_bucket.b',
    'google_storage_bucket.b.name == "x" ? 1 : 2',
    'google_storage_bucket.b["name"]',
    'google_storage_bucket.b[*].name',
    '"${google_storage_bucket.b.name}"',
    'jsonencode({})',
    '',
  ])('does not know %s', (text) => {
    expect(expressionsIn(expression(text))[0]).toMatchObject({ kind: 'unknown' });
  });

  test('does not know directives and unclosed expressions', () => {
    expect(parseTemplate('%{ if true }x%{ endif }').filter((segment) => segment !== 'x')).toEqual([
      { kind: 'unknown', text: '%{ if true }' },
      { kind: 'unknown', text: '%{ endif }' },
    ]);
    expect(parseTemplate('${path.module')).toEqual([{ kind: 'unknown', text: '${path.module' }]);
  });

  test('never throws, and never takes an expression for text', () => {
    const pieces = fc.constantFrom('$', '%', '{', '}', '${', '%{', '$${', 'path.module', 'a.b.c', '"', ' ');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join('').replaceAll(/[$%]{2,}\{/g, '');
        fc.pre(/[$%]\{/.test(text));
        expect(parseTemplate(text).some((segment) => typeof segment !== 'string')).toBe(true);
      }),
    );
  });
});
