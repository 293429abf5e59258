import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * How long our own process takes to synthesize 1 to 200 services. The target is under 5 s for 200, and linear: the
 * time of one more service does not grow with their number. Rounds alternate between the sizes, so that a change of
 * the machine's load does not fall on one of them.
 */
const ROUNDS = 5;
const SIZES = [1, 50, 100, 150, 200];
const TARGET_MILLISECONDS = 5_000;

const root = resolve(import.meta.dirname, '..');

const times = new Map<number, number[]>(SIZES.map((size) => [size, []]));
for (let round = 0; round < ROUNDS; round++) {
  for (const size of SIZES) times.get(size)?.push(synthesize(size));
}

const smallest = median(times.get(1) ?? []);
console.log(`Synthesis of N services by our own process, ${ROUNDS} alternating rounds, milliseconds`);
console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}\n`);
console.table(
  SIZES.map((size) => {
    const measured = times.get(size) ?? [];
    return {
      services: size,
      median: Math.round(median(measured)),
      least: Math.round(Math.min(...measured)),
      most: Math.round(Math.max(...measured)),
      'for each more': size === 1 ? undefined : round1((median(measured) - smallest) / (size - 1)),
    };
  }),
);
const largest = median(times.get(200) ?? []);
console.log(
  `Target for 200: under ${TARGET_MILLISECONDS} ms: ${largest < TARGET_MILLISECONDS ? 'met' : 'MISSED'}`,
);

/** One run as cdktf-cli starts it, in milliseconds. */
function synthesize(services: number): number {
  const outdir = mkdtempSync(join(tmpdir(), 'bench-synth-'));
  const list = Array.from({ length: services }, (_, index) => ({ name: `service-${index + 1}` }));
  const context = { projectId: 'my-project', services: list };
  try {
    const begin = performance.now();
    const { status, stderr } = spawnSync(process.execPath, ['main.ts'], {
      cwd: root,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, CDKTF_OUTDIR: outdir, CDKTF_CONTEXT_JSON: JSON.stringify(context) },
    });
    const milliseconds = performance.now() - begin;
    if (status !== 0) throw new Error(`main.ts ended with ${status}: ${stderr}`);
    return milliseconds;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function round1(value: number): number {
  return Math.round(value * 10) / 10;
}
