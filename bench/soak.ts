import { runSoak, type SoakResult } from './soak/run-soak.ts';
import { slope, type Usage } from './soak/usage.ts';
import { exactly } from './support/measure.ts';
import type { LinePlot, Measure, Report, Table } from './support/report.ts';

const ROTATION_SECONDS = 10;
const FAULT_SHARE = 0.05;
const CONNECTIONS = 16;

/**
 * The service at saturation for 10 minutes or as long as asked for, with a rotation every 10 s while 5 % of its calls
 * to Google fail. `npm test` runs a short form of it, which asserts only that nothing is wrong.
 *
 * @throws Error when an answer was wrong, the newest config never came, or the service did not end well
 */
export const measure: Measure = async ({ seconds = 600 } = {}) => {
  const result = await runSoak({
    seconds,
    rotationSeconds: ROTATION_SECONDS,
    faultShare: FAULT_SHARE,
    connections: CONNECTIONS,
    measuresUsage: true,
  });
  const { wrong, hasNewest, exitCode } = result;
  if (wrong.length > 0 || !hasNewest || exitCode !== 0) {
    throw new Error(
      `Not as it must be: wrong answers: ${wrong.join(', ') || 'none'}; newest config shown: ${hasNewest}; exit code ${exitCode}`,
    );
  }
  return reportOf(result, seconds);
};

function reportOf(result: SoakResult, seconds: number): Report {
  const { requests, rotations, faultsHit, errors, usage } = result;
  // The first third is warm-up: compiled code and caches still grow.
  const settled = usage.slice(Math.floor(usage.length / 3));
  const heap = settled.map(({ heapMebibytes }) => heapMebibytes);
  const [first = Number.NaN, last = Number.NaN] = [heap.at(0), heap.at(-1)];
  const handles = settled.flatMap((used) => used.handles ?? []);
  return {
    title: 'Soak',
    what:
      `The service at saturation over ${CONNECTIONS} connections for ${seconds} s, its config rotated every ` +
      `${ROTATION_SECONDS} s, while ${FAULT_SHARE * 100} % of its calls to Google fail. Every answer is looked at: none was ` +
      'anything but a whole config, never an older one than before.',
    tables: [
      {
        caption: 'Heap after a full collection',
        unit: 'MiB',
        rows: [exactly('after the warm-up', first), exactly('in the end', last)],
      },
      ...residentTable(settled),
    ],
    targets: [
      {
        text: 'heap in the end by heap after the warm-up',
        bound: 'at most',
        allowed: 1.1,
        measured: last / first,
        unit: 'times',
      },
    ],
    plots: usage.length > 1 ? [heapPlot(usage)] : [],
    notes: [
      `${requests.toLocaleString('en-US')} requests (${Math.round(requests / seconds)} a second), ${rotations} configs, ` +
        `${faultsHit} failed calls. Errors logged: ${errors.join(', ') || 'none'}.`,
      `The heap grew by ${(slope(heap) * 6).toFixed(3)} MiB a minute. Open files and sockets: ` +
        `${handles.length > 0 ? `${Math.min(...handles)} to ${Math.max(...handles)}` : 'not measured here'}.`,
    ],
  };
}

/** What the system has given to the process, garbage that was not yet collected included. */
function residentTable(settled: readonly Usage[]): Table[] {
  const first = settled.at(0)?.residentMebibytes;
  const last = settled.at(-1)?.residentMebibytes;
  if (first === undefined || last === undefined) return [];
  const rows = [exactly('after the warm-up', first), exactly('in the end', last)];
  return [{ caption: 'Resident memory at saturation', unit: 'MiB', rows }];
}

function heapPlot(usage: readonly Usage[]): LinePlot {
  const points = usage.map(({ heapMebibytes }, index) => ({
    x: (index + 1) * 10,
    ...exactly('', heapMebibytes),
  }));
  return {
    kind: 'lines',
    title: 'Heap after a full collection',
    x: 'seconds',
    y: 'MiB',
    lines: [{ name: 'heap', points }],
  };
}
