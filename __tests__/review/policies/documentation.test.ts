import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { POLICIES } from '../../../review/policies/policies.ts';

test('docs/policies.md lists the policies as they are', () => {
  const document = readFileSync(new URL('../../../docs/policies.md', import.meta.url), 'utf8');
  const rows = document.split('\n').filter((line) => line.startsWith('| `'));
  const cells = rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  expect(cells).toEqual(
    POLICIES.map(({ id, severity, reason, fix }) => [`\`${id}\``, severity, reason, fix]),
  );
});

test.each(POLICIES)('$id says in one sentence why, and what to do', ({ id, reason, fix }) => {
  expect(id).toMatch(/^[a-z]+(-[a-z]+)+$/);
  expect(reason).toMatch(/^[A-Z].*\.$/);
  expect(reason.slice(0, -1)).not.toMatch(/\. /);
  expect(fix).toMatch(/^[A-Z]/);
});
