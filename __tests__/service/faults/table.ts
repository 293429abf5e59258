import { type FaultCase, type FaultOutcome, faultCases } from './matrix.ts';

const introduction = `# Faults

What the service does when something is wrong, at its start and while it runs. The table is made of the cases of
\`__tests__/service/faults/\`: each cell is a test with the real service process against the local cloud, which injects
the fault ([fault-injection.md](fault-injection.md)). \`npm run faults\` writes this page anew; a test holds it to the
cases.

- **tries again**: at its start the service answers 503 and looks again, for 210 s, with pauses that grow from half a
  second to ten. It starts when the fault is over, and ends with exit code 69 and the reason when the fault outlasts
  the time.
- **ends**: what waiting does not heal ends the process at once, with exit code 69 and the reason as its last line.
- **keeps serving**: while it runs, the service goes on with the last good config. It logs the reason once, \`/health/ready\`
  says \`failing\`, and it looks again until it has the new config.
- **no effect**: the config is read all the same.

| where | what | at the start | while it runs |
| --- | --- | --- | --- |
`;

/** docs/faults.md, as the cases have it. */
export function faultsPage(): string {
  return `${introduction}${faultCases.map(row).join('')}`;
}

function row({ where, what, start, run }: FaultCase): string {
  return `| ${where} | ${what} | ${atStart(start)} | ${atRun(run)} |\n`;
}

function atStart({ result, error }: FaultOutcome): string {
  if (result === 'none') return 'no effect';
  return result === 'ends' ? `**ends**: ${error}` : `tries again: ${error}`;
}

function atRun({ result, error }: FaultOutcome): string {
  return result === 'none' ? 'no effect' : `keeps serving: ${error}`;
}
