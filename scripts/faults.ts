import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { faultsPage } from '../__tests__/service/faults/table.ts';

/** `npm run faults`: writes docs/faults.md from the cases of the fault tests. */
writeFileSync(path.resolve(import.meta.dirname, '..', 'docs', 'faults.md'), faultsPage());
console.log('Wrote docs/faults.md');
