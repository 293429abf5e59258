import { ServiceAccountIamMember } from '@cdktf/provider-google/lib/service-account-iam-member/index.js';
import { StorageBucketIamMember } from '@cdktf/provider-google/lib/storage-bucket-iam-member/index.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Review } from '../../review/facts/model.ts';
import { diagramOf } from '../../review/words/diagram.ts';
import { htmlOf } from '../../review/words/html.ts';
import { markdownOf } from '../../review/words/markdown.ts';
import { code, plain } from '../../review/words/markdown-elements.ts';
import { mermaidOf } from '../../review/words/mermaid.ts';
import { svgOf } from '../../review/words/svg.ts';
import { BUCKET, IDENTITY, OBJECT, reviewProject } from './support.ts';

/** A review in which every text is the same hostile one. */
function poisoned(text: string): Review {
  const poison = (value: unknown): unknown => {
    if (typeof value === 'string') return text;
    if (Array.isArray(value)) return value.map(poison);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, isFixed(key) ? item : poison(item)]),
    );
  };
  return poison(review) as Review;
}

/** Values out of a closed list, which no setting can change. */
function isFixed(key: string): boolean {
  return ['level', 'outcome', 'severity', 'can'].includes(key);
}

const review: Review = {
  ...reviewProject({ public: true }),
  settings: [{ name: 'objectName', value: 'x', source: 'y' }],
  policies: [
    {
      id: 'a',
      reason: 'b',
      findings: [{ severity: 'error', path: 'p', address: 'a', found: 'f', fix: 'x', exception: null }],
    },
  ],
};

const hostile = fc.oneof(
  fc.constantFrom(
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "'--></style><b>",
    '&lt;b&gt;',
    '`</code>` | x',
    '```\n# headline',
    '](https://example.com) ![](https://example.com/x.png)',
    'a"] --> b',
    '\u202egnp.exe',
    '\u001b[31mred',
  ),
  fc.string({
    unit: fc.constantFrom('<', '>', '"', "'", '&', '`', '|', '\n', '\\', '[', ']', '(', ')', '#', 'a'),
  }),
);

/** The tags of a page, without their attributes. */
function tagsOf(html: string): string[] {
  return [...html.matchAll(/<\/?[a-z][a-z0-9]*/gi)].map(([tag]) => tag);
}

test('no text adds or ends an element of the HTML', () => {
  const innocent = tagsOf(htmlOf(poisoned('x')));
  fc.assert(
    fc.property(hostile, (text) => {
      expect(tagsOf(htmlOf(poisoned(text)))).toEqual(innocent);
    }),
    { numRuns: 60 },
  );
});

test('the HTML needs no file from elsewhere and runs nothing', () => {
  const html = htmlOf(review);
  expect(html).not.toMatch(/<(?:script|link|img|iframe|object|embed|base)\b|\son[a-z]+=|@import|url\((?!#)/i);
  expect(html).not.toMatch(/(?:src|href)=/i);
  expect(html).toContain("default-src 'none'");
});

test('no text ends a line, a cell or a fence of the Markdown', () => {
  const shape = (text: string) =>
    markdownOf(poisoned(text))
      .split('\n')
      .map((line) => [line.match(/^(?:#+|- | {2}- |```|\|)?/)?.[0], line.match(/(?<!\\)\|/g)?.length ?? 0]);
  const innocent = shape('x');
  fc.assert(
    fc.property(hostile, (text) => {
      fc.pre(!/^\s|\s$/.test(text));
      expect(shape(text || 'x').slice(0, 20)).toEqual(innocent.slice(0, 20));
      expect(shape(text || 'x')).toHaveLength(innocent.length);
    }),
    { numRuns: 60 },
  );
});

test.each([
  ['a|b', '<code>a&#124;b</code>', 'a\\|b'],
  ['`x`', '<code>&#96;x&#96;</code>', '\\`x\\`'],
  ['<b>', '`<b>`', '&#60;b&#62;'],
  ['[a](b)', '`[a](b)`', '\\[a\\](b)'],
  ['config.enc', '`config.enc`', 'config.enc'],
])('in Markdown, %s is shown as it is', (text, asCode, asText) => {
  expect(code(text)).toBe(asCode);
  expect(plain(text)).toBe(asText);
});

test('no text leaves its quotes in Mermaid', () => {
  const lines = mermaidOf(diagramOf(review)).split('\n').length;
  fc.assert(
    fc.property(hostile, (text) => {
      const diagram = diagramOf(review);
      const nodes = diagram.nodes.map((node) => ({ ...node, title: text, subtitle: text }));
      const mermaid = mermaidOf({
        ...diagram,
        nodes,
        edges: diagram.edges.map((edge) => ({ ...edge, label: text })),
      });
      expect(mermaid.split('\n')).toHaveLength(lines);
      for (const line of mermaid.split('\n').slice(1)) expect(line.match(/"/g)).toHaveLength(2);
    }),
  );
});

test('the diagram shows who runs as whom, and who reads and decrypts what', () => {
  const { edges } = diagramOf(reviewProject());
  const labels = edges.map(({ from, to, label }) => [from.split('/').at(-1), label, to.split('/').at(-1)]);
  expect(labels).toEqual([
    ['internet', 'refused: 403', 'cloudrun-identity'],
    ['cloudrun-identity', 'runs as', IDENTITY],
    ['config.enc', 'encrypted with', 'cloudrun-identity'],
    [IDENTITY, 'reads', 'config.enc'],
    [IDENTITY, 'decrypts', 'cloudrun-identity'],
  ]);
  expect(diagramOf(reviewProject({ public: true })).edges[0]).toMatchObject({
    label: 'opens',
    tone: 'public',
  });
});

test('whoever else is granted something is in the picture, left of what it gets', () => {
  const member = 'user:alice@example.com';
  const withGrants = reviewProject({}, (stack) => {
    new StorageBucketIamMember(stack, 'bucket-grant', {
      bucket: BUCKET,
      role: 'roles/storage.objectViewer',
      member,
    });
    const serviceAccountId = `projects/my-project/serviceAccounts/${IDENTITY.replace('serviceAccount:', '')}`;
    new ServiceAccountIamMember(stack, 'act', {
      serviceAccountId,
      role: 'roles/iam.serviceAccountUser',
      member,
    });
  });
  const { nodes, edges } = diagramOf(withGrants);
  const column = (id: string) => nodes.find((node) => node.id === id)?.column ?? Number.NaN;
  const own = edges.filter(({ from }) => from === member);
  expect(own.map(({ label, to }) => [label, to])).toEqual([
    ['reads', `projects/_/buckets/${BUCKET}`],
    ['acts as', IDENTITY],
  ]);
  for (const { from, to } of own) expect(column(from)).toBeLessThanOrEqual(column(to));
});

test('no box of the picture covers another, and both formats draw every box', () => {
  const services = Array.from({ length: 10 }, (_, index) => ({ name: `service-${index}` }));
  const diagram = diagramOf(reviewProject({ services }));
  expect(diagram.servicesLeftOut).toBe(2);
  const corners = [
    ...svgOf(diagram).matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="(\d+)" height="(\d+)"/g),
  ].map((found) => found.slice(1).map(Number) as [number, number, number, number]);
  expect(corners).toHaveLength(diagram.nodes.length);
  for (const [index, [x, y, , height]] of corners.entries()) {
    const others = corners.filter(([otherX], other) => other !== index && otherX === x);
    for (const [, otherY] of others) expect(Math.abs(otherY - y)).toBeGreaterThan(height);
  }
});

test('every reader of the secret is named in all formats, with both reasons', () => {
  const project = reviewProject();
  const [secret] = project.secrets;
  for (const text of [htmlOf(project), markdownOf(project)]) {
    for (const { principal, ways } of secret?.readers ?? []) {
      expect(text).toContain(principal);
      for (const { address } of ways.flat()) expect(text).toContain(address);
    }
    expect(text).toContain('not derivable from the synthesized stacks');
    expect(text).toContain('roles/owner');
  }
  expect(secret?.object).toBe(OBJECT);
});
