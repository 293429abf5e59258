import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../process.ts';

/** Where and with what a figure was measured. */
export interface Surroundings {
  /** Processor, memory and system. */
  readonly machine: string;
  /** Node and the packages that the figures depend on most. */
  readonly versions: string;
  /** Commit of the project; ends in `-dirty` when files differed from it. */
  readonly commit: string;
  /** RFC 3339. */
  readonly measuredAt: string;
}

const PACKAGES = ['fastify', '@google-cloud/storage', '@google-cloud/kms', 'cdktf', 'esbuild'];

/** This machine, these packages, now. */
export function surroundings(): Surroundings {
  const [cpu] = cpus();
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  const versions = PACKAGES.map((name) => `${name} ${versionOf(name)}`);
  return {
    machine: `${cpus().length} × ${cpu?.model.trim()}, ${gibibytes} GiB, ${type()} ${release()} ${arch()}`,
    versions: [`Node ${process.version}`, ...versions].join(', '),
    commit: commit(),
    measuredAt: new Date().toISOString(),
  };
}

function versionOf(name: string): string {
  const file = join(ROOT, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function commit(): string {
  try {
    const args = ['describe', '--always', '--dirty', '--exclude', '*'];
    return execFileSync('git', args, {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown'; // not a checkout, or no Git
  }
}
