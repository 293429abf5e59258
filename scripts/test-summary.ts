/**
 * Prints what failed and why, then, as the last line, `N passed, N failed` from the report of the last `npm test`: the
 * end of a log is what is read of it. Exit code 1 when a test or a test file failed, when no test ran, and when there
 * is no report.
 */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { REPORT_FILE } from './checks.ts';

/** What is read of the test runner's report. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  /** False also when a file failed outside of its tests. */
  readonly success: boolean;
  readonly testResults: readonly {
    /** The file. */
    readonly name: string;
    /** Why the file failed outside of its tests. */
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

const maxLinesOfReason = 15;

const root = path.resolve(import.meta.dirname, '..');
const file = path.join(root, REPORT_FILE);
try {
  const report = JSON.parse(await readFile(file, 'utf8')) as Report;
  const failed = failures(report);
  for (const line of failed) console.log(line);
  // A file that failed outside of its tests is one more that failed: its tests did not run.
  console.log(`${report.numPassedTests} passed, ${failed.length} failed`);
  if (!report.success || report.numPassedTests === 0) process.exitCode = 1;
} catch (error) {
  console.error(`No test report at ${file}: run npm test first. ${(error as Error).message}`);
  process.exitCode = 1;
}

function failures({ testResults }: Report): string[] {
  return testResults.flatMap(({ name, message, assertionResults }) => {
    const where = path.relative(root, name);
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    const ofFile = message && failed.length === 0 ? [`FAILED ${where}\n${reason(message)}`] : [];
    const ofTests = failed.map(
      ({ fullName, failureMessages = [] }) =>
        `FAILED ${where} > ${fullName}\n${reason(failureMessages.join('\n'))}`,
    );
    return [...ofFile, ...ofTests];
  });
}

function reason(message: string): string {
  const lines = stripVTControlCharacters(message).split('\n');
  return lines
    .slice(0, maxLinesOfReason)
    .map((line) => `  ${line}`)
    .join('\n');
}
