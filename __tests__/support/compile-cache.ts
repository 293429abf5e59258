import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * Where commands that tests run in copies of the project keep what Node compiles: not in node_modules, which the copies
 * share with the project, and where each copy would leave some hundred files.
 */
export const testCompileCache = path.join(tmpdir(), 'cloud-run-identity-test-compile-cache');

/** Removes it after the last test; called by the test runner. */
export function teardown(): void {
  rmSync(testCompileCache, { recursive: true, force: true, maxRetries: 3 });
}
