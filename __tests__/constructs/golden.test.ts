import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { goldens } from './support/golden.ts';

test.each(goldens().map((golden) => [basename(golden.path), golden] as const))(
  '%s is what is synthesized',
  (name, { path, text }) => {
    const committed = readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
    expect(text, `${name} differs. Is the change meant? Then run: npm run golden`).toBe(committed);
  },
);

test('a golden file holds no path of this machine and no version of the CDK', () => {
  for (const { text } of goldens()) {
    expect(text).not.toContain(process.cwd());
    expect(text).not.toMatch(/tfstate|"\/\/"/);
  }
});
