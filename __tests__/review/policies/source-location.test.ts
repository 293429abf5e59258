import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { addResource, resourceOf, resultsOf, type Sample } from './sample.ts';

const projectRoot = resolve(import.meta.dirname, '../../..');

/** Where the review shows what is wrong with the sample. */
function shownAt(change: (sample: Sample) => void, sources?: string) {
  const options = sources === undefined ? {} : { sources };
  const [result] = resultsOf(change, options);
  if (!result) throw new Error('nothing found');
  return result.source;
}

function unversioned({ bucket }: Sample): void {
  resourceOf(bucket).addOverride('versioning.enabled', false);
}

function withKey({ stack }: Sample): void {
  addResource(stack, 'google_service_account_key', { service_account_id: 'somebody' });
}

test('a resource is shown where the one place in the sources makes it', () => {
  const { file, line } = shownAt(unversioned);
  const lines = readFileSync(join(projectRoot, file), 'utf8').split('\n');
  expect(lines[line - 1]).toContain('new StorageBucket(');
});

test('what no source makes for certain is shown in the JSON that it stands in', () => {
  for (const source of [shownAt(withKey), shownAt(unversioned, join(projectRoot, 'docs'))]) {
    expect(source.file).toMatch(/\/cdktf\.out\/stacks\/test\/cdk\.tf\.json$/);
    expect(source.line).toBeGreaterThan(1);
  }
});
