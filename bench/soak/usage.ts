import { readdirSync, readFileSync } from 'node:fs';
import type { ServiceProcess } from '../../__tests__/support/service-process.ts';

/** What a process uses. */
export interface Usage {
  /** What is left of the heap after a full collection: only this grows when something is kept that should not be. */
  readonly heapMebibytes: number;
  /** What the system has given it; grows with the garbage between collections, too. Undefined without /proc. */
  readonly residentMebibytes: number | undefined;
  /** Open files and sockets; undefined without /proc. */
  readonly handles: number | undefined;
}

const report = `
  import v8 from 'node:v8';
  import vm from 'node:vm';
  v8.setFlagsFromString('--expose-gc');
  const collect = vm.runInNewContext('gc');
  process.on('SIGUSR2', () => {
    collect();
    console.error('HEAP ' + process.memoryUsage().heapUsed);
  });
`;

/** Environment that makes a service report its heap when it is asked to. */
export const reportingEnvironment = {
  NODE_OPTIONS: `--import=data:text/javascript;base64,${Buffer.from(report).toString('base64')}`,
};

/** Asks a service that was started with the reporting environment; what it has said last, which may be older. */
export function usageOf(service: ServiceProcess): Usage | undefined {
  service.signal('SIGUSR2');
  const heap = [...service.output().matchAll(/^HEAP (\d+)$/gm)].at(-1)?.[1];
  if (heap === undefined) return undefined;
  const [, resident] = /^VmRSS:\s+(\d+) kB/m.exec(fromProc(() => status(service.pid)) ?? '') ?? [];
  return {
    heapMebibytes: Number(heap) / 2 ** 20,
    residentMebibytes: resident === undefined ? undefined : Number(resident) / 1024,
    handles: fromProc(() => readdirSync(`/proc/${service.pid}/fd`).length),
  };
}

function status(pid: number): string {
  return readFileSync(`/proc/${pid}/status`, 'utf8');
}

function fromProc<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch {
    return undefined; // not Linux
  }
}

/** By how much a value that was measured at equal distances grows from one to the next: the line of least squares. */
export function slope(values: readonly number[]): number {
  const meanX = (values.length - 1) / 2;
  const meanY = values.reduce((sum, value) => sum + value, 0) / values.length;
  const covariance = values.reduce((sum, value, x) => sum + (x - meanX) * (value - meanY), 0);
  const variance = values.reduce((sum, _, x) => sum + (x - meanX) ** 2, 0);
  return variance === 0 ? 0 : covariance / variance;
}
