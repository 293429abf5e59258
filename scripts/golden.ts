import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { goldens } from '../__tests__/constructs/support/golden.ts';
import { contextSchema, withTables } from '../settings/documentation.ts';
import { assumptionsPage } from './conformance/run.ts';

function write(path: string, text: string): void {
  writeFileSync(path, text);
  console.log(`Wrote ${relative(process.cwd(), path)}`);
}

const docs = `${import.meta.dirname}/../docs`;
for (const { path, text } of goldens()) write(path, text);
write(`${docs}/settings.md`, withTables(readFileSync(`${docs}/settings.md`, 'utf8')));
write(`${docs}/cdktf.schema.json`, `${JSON.stringify(contextSchema(), null, 2)}\n`);
write(`${docs}/assumptions.md`, assumptionsPage());
