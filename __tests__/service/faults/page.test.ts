import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { faultsPage } from './table.ts';

test('docs/faults.md has every case and its outcome', () => {
  const file = path.resolve(import.meta.dirname, '..', '..', '..', 'docs', 'faults.md');
  expect(readFileSync(file, 'utf8'), 'npm run faults writes it anew').toBe(faultsPage());
});
