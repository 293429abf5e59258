/**
 * Prints `N passed, N failed` from the report of the last `npm test`. Exit code 1 when a test or a test file failed,
 * when no test ran, and when there is no report.
 */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { REPORT_FILE } from './checks.ts';

/** What is read of the test runner's report. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  /** False also when a file failed outside of its tests. */
  readonly success: boolean;
}

const file = path.resolve(import.meta.dirname, '..', REPORT_FILE);
try {
  const report = JSON.parse(await readFile(file, 'utf8')) as Report;
  console.log(`${report.numPassedTests} passed, ${report.numFailedTests} failed`);
  if (!report.success || report.numPassedTests === 0) process.exitCode = 1;
} catch (error) {
  console.error(`No test report at ${file}: run npm test first. ${(error as Error).message}`);
  process.exitCode = 1;
}
