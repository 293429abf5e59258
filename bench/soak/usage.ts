import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** What a process uses. */
export interface Usage {
  readonly residentMebibytes: number;
  /** Open files and sockets. */
  readonly handles: number;
}

/** Reads it from the system; undefined where there is no /proc. */
export function usageOf(pid: number): Usage | undefined {
  const directory = `/proc/${pid}`;
  if (!existsSync(`${directory}/status`)) return undefined;
  const [, kibibytes = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`${directory}/status`, 'utf8')) ?? [];
  return {
    residentMebibytes: Number(kibibytes) / 1024,
    handles: readdirSync(`${directory}/fd`).length,
  };
}

/** By how much a value that was measured once a second grows in a minute: the line of least squares. */
export function slopePerMinute(values: readonly number[]): number {
  const meanX = (values.length - 1) / 2;
  const meanY = values.reduce((sum, value) => sum + value, 0) / values.length;
  const covariance = values.reduce((sum, value, x) => sum + (x - meanX) * (value - meanY), 0);
  const variance = values.reduce((sum, _, x) => sum + (x - meanX) ** 2, 0);
  return variance === 0 ? 0 : (covariance / variance) * 60;
}
