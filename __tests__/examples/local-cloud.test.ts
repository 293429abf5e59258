import '../../examples/local-cloud/vitest.example.ts';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { REQUIREMENTS } from '../emulator/python/environment.ts';
import { pythonEnvironment } from '../support/python.ts';

const run = promisify(execFile);
const examples = path.join(import.meta.dirname, '../../examples/local-cloud');
const bin = path.join(import.meta.dirname, '../../emulator/bin.js');
const environment = await pythonEnvironment(REQUIREMENTS);

describe('the example for', () => {
  it('node:test runs', async () => {
    const file = path.join(examples, 'node-test.example.ts');
    const { stdout } = await run(process.execPath, ['--test', file], { env: { PATH: process.env.PATH } });
    expect(stdout).toContain('pass 1');
  });

  const missing = 'missing' in environment ? ` (skipped: ${environment.missing})` : '';
  it.skipIf(missing !== '')(`pytest runs${missing}`, async () => {
    if ('missing' in environment) return;
    const { PATH } = process.env;
    const env = { PATH, PYTHONDONTWRITEBYTECODE: '1', LOCAL_CLOUD: `${process.execPath} ${bin}` };
    const options = ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', examples];
    const { stdout } = await run(environment.python, options, { env, cwd: examples });
    expect(stdout).toContain('1 passed');
  });
});
