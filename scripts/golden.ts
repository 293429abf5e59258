import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { goldens } from '../__tests__/constructs/support/golden.ts';

for (const { path, text } of goldens()) {
  writeFileSync(path, text);
  console.log(`Wrote ${relative(process.cwd(), path)}`);
}
