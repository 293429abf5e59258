import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { testCompileCache } from '../support/compile-cache.ts';
import { type Checkout, checkout } from './support/checkout.ts';
import { projectDirectory } from './support/project.ts';

let project: Checkout;
beforeEach(async () => {
  project = await checkout();
});
afterEach(() => project.remove());

const TARGET = [
  ...['--bucket', 'a-bucket', '--object', 'config.enc'],
  ...['--kms-key', 'projects/p/locations/global/keyRings/r/cryptoKeys/k'],
];

const bin = path.join(projectDirectory, 'cli', 'bin.js');

function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return spawnSync(process.execPath, [bin, ...args], {
    cwd: project.directory,
    encoding: 'utf8',
    env: { SystemRoot: process.env.SystemRoot, NODE_COMPILE_CACHE: testCompileCache, ...environment },
  });
}

/** The packages that a command has loaded when it meets a server that is not there. */
function packagesOf(args: readonly string[], environment: Readonly<Record<string, string>> = {}): string[] {
  const report = `import { registerHooks } from 'node:module';
    const packages = new Set();
    registerHooks({
      load(url, context, next) {
        const [, name] = /.*node_modules.((?:@[^/]+.)?[^/]+)/.exec(url) ?? [];
        if (name) packages.add(name);
        return next(url, context);
      },
    });
    process.on('exit', () => console.log('loaded:' + [...packages].sort().join(' ')));`;
  const { stdout } = run(args, {
    CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS: 'http://127.0.0.1:1/',
    CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: 'http://127.0.0.1:1/storage/v1/',
    CLOUDSDK_AUTH_ACCESS_TOKEN: 'any',
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(report)}`,
    ...environment,
  });
  return /^loaded:(.*)$/m.exec(stdout)?.[1]?.split(' ') ?? [];
}

test('is the command line', () => {
  const { status, stdout, stderr } = run(['--help']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^ {2}get /m);
  expect(run(['unknown']).status).toBe(2);
});

test('loads next to nothing to explain itself', () => {
  expect(packagesOf(['--help'])).toEqual(['commander']);
});

test('get loads what reading takes and no more', () => {
  expect(packagesOf(['get', ...TARGET])).toEqual(['commander']);
});

test('encrypt loads no more, where a few lines check what the schema says', () => {
  expect(packagesOf(['encrypt', 'config.json', ...TARGET])).toEqual(['commander']);
});

test("a proxy is for Google's official clients to use", () => {
  const packages = packagesOf(['get', ...TARGET], { HTTPS_PROXY: 'http://127.0.0.1:1' });
  expect(packages).toEqual(expect.arrayContaining(['@google-cloud/kms', '@google-cloud/storage']));
});

test('prints no warning of a library', () => {
  const warn = "process.once('beforeExit', () => process.emitWarning('canary'));";
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(warn)}`;
  expect(run(['--version'], { NODE_OPTIONS }).stderr).toBe('');
});
