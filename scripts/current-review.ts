import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Review } from '../review/facts/model.ts';
import { readReview } from './read-review.ts';

const root = path.resolve(import.meta.dirname, '..');

/**
 * The review of what the project synthesizes now: a folder of an earlier synthesis could be older than the change that
 * is to be looked at. Runs main.ts as `cdktf synth` does, into a folder of its own.
 *
 * @throws Error with what main.ts said, when a setting is wrong or a policy does not hold
 */
export function currentReview(): Review {
  const outdir = mkdtempSync(path.join(tmpdir(), 'review-'));
  try {
    const { context = {} } = JSON.parse(readFileSync(path.join(root, 'cdktf.json'), 'utf8'));
    const { status, stderr, error } = spawnSync(process.execPath, [path.join(root, 'main.ts')], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, CDKTF_OUTDIR: outdir, CDKTF_CONTEXT_JSON: JSON.stringify(context) },
    });
    if (error) throw error;
    if (status !== 0) throw new Error(`The project cannot be synthesized.\n\n${stderr.trim()}`);
    return readReview(outdir);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
