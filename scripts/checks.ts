/** One thing that `npm test` checks: a program of node_modules that fails with a non-zero exit code. */
export interface Check {
  readonly title: string;
  /** Path of its JavaScript file below node_modules. */
  readonly program: string;
  readonly args: readonly string[];
}

/** Where the test runner writes its JSON report; relative to the project. */
export const REPORT_FILE = '.local/test-report.json';

/** All checks, in this order; the test runner gets these arguments, too. */
export function checksWith(testArguments: readonly string[]): readonly Check[] {
  const reports = ['--reporter=default', '--reporter=json', `--outputFile.json=${REPORT_FILE}`];
  return [
    { title: 'Types', program: 'typescript/bin/tsc', args: ['--noEmit', '--project', '.'] },
    { title: 'Lint and format', program: '@biomejs/biome/bin/biome', args: ['check'] },
    { title: 'Tests', program: 'vitest/vitest.mjs', args: ['run', ...reports, ...testArguments] },
  ];
}
