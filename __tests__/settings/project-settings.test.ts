import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readProjectSettings, readSettings, SettingsError } from '../../settings/index.ts';

let directory: string;
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'project-settings-')));
});
afterEach(() => rmSync(directory, { recursive: true }));

function project(text: string): void {
  writeFileSync(join(directory, 'cdktf.json'), text);
}

test('the settings of a project are those that its synthesis gets', () => {
  const context = { projectId: 'my-project', services: [{ name: 'orders' }] };
  const environment = { GCP_REGION: 'europe-west1' };
  project(JSON.stringify({ app: 'node main.ts', context }));
  expect(readProjectSettings(directory, environment)).toEqual(
    readSettings({ context, environment, projectRoot: directory }),
  );
});

test('a project without a context has the defaults', () => {
  project('{}');
  expect(readProjectSettings(directory, {}).region).toBe('us-central1');
});

test.each([
  ['no JSON', '{'],
  ['a list', '{"context": []}'],
  ['a text', '{"context": "x"}'],
])('a context that is %s is a problem of the settings', (_, text) => {
  project(text);
  expect(() => readProjectSettings(directory, {})).toThrow(SettingsError);
});

test('a folder without cdktf.json is one, too', () => {
  expect(() => readProjectSettings(directory, {})).toThrow(
    /context: got .*ENOENT.*run the command in the folder/s,
  );
});
