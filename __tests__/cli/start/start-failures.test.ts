import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Checkout, checkout } from '../support/checkout.ts';
import { leftovers } from '../support/start.ts';

let project: Checkout;

beforeEach(async () => {
  project = await checkout();
});

afterEach(() => project.remove());

/** Runs `start`, which must fail with one message and leave nothing. */
async function failure(environment: Record<string, string> = {}) {
  const { code, stdout, stderr } = await project.run(['start'], { environment }).ended;
  expect(code).toBe(1);
  expect(stdout).not.toContain('Ready in');
  expect(stderr.match(/^Error: /gm)).toHaveLength(1);
  expect(stderr).not.toMatch(/^ +at /m);
  expect(leftovers(project)).toEqual({ processes: [], folders: [] });
  return { stderr, everything: stdout + stderr };
}

async function writeConfig(content: string): Promise<void> {
  await writeFile(path.join(project.directory, 'config.json'), content);
}

test('fails without config.json', async () => {
  await rm(path.join(project.directory, 'config.json'));
  expect((await failure()).stderr).toMatch(/config\.json does not exist: write it/);
});

test('fails with a malformed config.json, without repeating it', async () => {
  await writeConfig('{"DB_HOST": "h", "DB_PASS": "canary-value" oops');
  const { stderr, everything } = await failure();
  expect(stderr).toMatch(/not valid JSON/);
  expect(everything).not.toContain('canary-value');
});

test('fails with a config without DB_PASS', async () => {
  await writeConfig(JSON.stringify({ DB_HOST: 'canary-host', DB_PORT: '1', DB_USER: 'u' }));
  const { stderr, everything } = await failure();
  expect(stderr).toMatch(/DB_PASS is missing/);
  expect(everything).not.toContain('canary-host');
});

test('fails with wrong settings, as main.ts words it', async () => {
  const { stderr } = await failure({ GCP_PROJECT_ID: 'Not Allowed', GCP_REGION: '?' });
  expect(stderr).toMatch(/GCP_PROJECT_ID/);
  expect(stderr).toMatch(/GCP_REGION/);
});

test('fails with a service that cannot start, and what the service wrote', async () => {
  await writeFile(
    path.join(project.directory, 'service', 'server.ts'),
    `console.log(JSON.stringify({ severity: 'CRITICAL', time: new Date().toISOString(), message: 'the reason' }));
     process.exit(3);`,
  );
  const { stderr, everything } = await failure();
  expect(stderr).toMatch(/google_cloud_run_service\.service: .*is not ready/);
  expect(everything).toMatch(/CRITICAL the reason/);
});
