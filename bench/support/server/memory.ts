import { readFileSync } from 'node:fs';

/**
 * The most memory that a process and those it started have had at a time each, in MiB; not a number where there is no
 * /proc.
 */
export function peakMebibytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kibibytes = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    return children.map(Number).reduce((sum, child) => sum + peakMebibytes(child), kibibytes / 1024);
  } catch {
    return Number.NaN; // not Linux
  }
}
