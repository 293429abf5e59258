import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyProject, type ProjectCopy } from './support/project-copy.ts';

let project: ProjectCopy;
beforeEach(() => {
  project = copyProject();
});
afterEach(() => project.remove());

function synth(environment: Record<string, string> = {}) {
  const packageJson = createRequire(import.meta.url).resolve('cdktf-cli/package.json');
  return spawnSync(
    process.execPath,
    [join(dirname(packageJson), 'bundle', 'bin', 'cdktf'), 'synth', '--output', project.output],
    {
      cwd: project.directory,
      encoding: 'utf8',
      timeout: 100_000,
      env: { ...project.environment, ...environment },
    },
  );
}

test('cdktf synth works in a fresh clone with an empty home, warns of the sample project and touches nothing', () => {
  const before = readdirSync(project.directory, { recursive: false }).sort();
  const { status, stdout, stderr } = synth();
  expect(status, stderr).toBe(0);
  expect(stdout + stderr).toContain('The project id is still the sample "sample-project"');
  expect(readdirSync(join(project.output, 'stacks')).sort()).toEqual([
    'cloud-run-identity',
    'cloud-run-identity-foundation',
  ]);
  expect(readdirSync(project.directory).sort()).toEqual(before);
});

test('cdktf synth shows what is wrong with the settings and fails', () => {
  const { status, stdout, stderr } = synth({ GCP_REGION: 'nowhere' });
  expect(status).not.toBe(0);
  expect(stdout + stderr).toContain('region: got "nowhere" from the environment variable GCP_REGION.');
});
