import { existsSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newestGeneration } from '../../../cli/deploy/carry-over.ts';
import { applyPatiently, whenActive } from '../../../cli/deploy/patience.ts';
import { type PlanJson, readPlan } from '../../../cli/deploy/plan.ts';
import type { SavedPlan } from '../../../cli/deploy/stack.ts';
import type { Terraform } from '../../../cli/deploy/terraform.ts';
import { startLocalCloud } from '../../../emulator/cloud.ts';
import { googleClients } from '../../../secrets/clients.ts';
import { temporaryDirectory } from '../support/project.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(() => directory?.remove());

function said() {
  const stderr = new PassThrough();
  const chunks: Buffer[] = [];
  stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { io: { stderr } as unknown as Terraform['io'], text: () => Buffer.concat(chunks).toString() };
}

const signal = new AbortController().signal;

test('what an API refuses that is not active yet is asked again, until it is', async () => {
  const cloud = await startLocalCloud({ projectId: 'sample-project', enabledServices: [] });
  try {
    const accessToken = cloud.tokenFor(cloud.owner);
    const clients = await googleClients({ endpoint: cloud.url, accessToken });
    const { io, text } = said();
    let tries = 0;
    const found = await whenActive({ io, signal }, async () => {
      tries += 1;
      if (tries === 2) {
        const url = `${cloud.url}/serviceusage/v1/projects/sample-project/services/storage.googleapis.com:enable`;
        const headers = { authorization: `Bearer ${accessToken}` };
        expect((await fetch(url, { method: 'POST', headers })).status).toBe(200);
      }
      return newestGeneration(clients, [{ bucket: 'none', object: 'config.enc' }]);
    }, [0, 0]);
    expect({ found, tries }).toEqual({ found: undefined, tries: 2 });
    expect(text()).toBe('An API is enabled, but not active yet. Trying again in 0 seconds.\n');
  } finally {
    await cloud.close();
  }
});

describe('an apply that an API stops which is not active yet', () => {
  const change = (name: string, actions: readonly string[]) => ({
    ...{ address: `google_storage_bucket.${name}`, mode: 'managed', type: 'google_storage_bucket' },
    change: { actions, before: actions[0] === 'delete' ? { name } : null, after: null },
  });
  const planOf = (...changes: ReturnType<typeof change>[]): PlanJson => ({
    format_version: '1.2',
    resource_changes: changes,
  });

  /** A program whose first apply fails in the provider's words, as Terraform frames them. */
  async function terraform(
    io: Terraform['io'],
    left: PlanJson,
  ): Promise<{ it: Terraform; saved: SavedPlan }> {
    const program = path.join(directory.path, 'terraform');
    const failure =
      '╷\n│ Error: googleapi: Error 403: Cloud Storage API has not been used in\n│ project 1 before or it is disabled.\n╵';
    await writeFile(path.join(directory.path, 'left.json'), JSON.stringify(left));
    await writeFile(path.join(directory.path, 'failure'), failure);
    await writeFile(
      program,
      `#!/bin/sh
echo "$*" >> calls
case "$1" in
  show) cat left.json ;;
  apply) [ -f tried ] && exit 0; touch tried; cat failure >&2; exit 1 ;;
esac
`,
    );
    await chmod(program, 0o755);
    const json = planOf(change('a', ['create']), change('b', ['create']));
    const stack = { name: 's', directory: directory.path, json: {}, warnings: [] };
    return {
      it: {
        ...{ io, signal, program: { program, product: 'Terraform', version: '1.11.4' } },
        environment: { PATH: process.env.PATH, HOME: directory.path },
      },
      saved: { stack, file: path.join(directory.path, 'deploy.tfplan'), json },
    };
  }

  const calls = async () =>
    (await readFile(path.join(directory.path, 'calls'), 'utf8')).match(/^\w+/gm)?.join(' ');

  test('is planned anew and finished, without what was asked to be replaced', async () => {
    const { io, text } = said();
    const { it, saved } = await terraform(io, planOf(change('b', ['create'])));
    const agreed = {
      planned: readPlan(saved.json, 'Terraform'),
      secrets: [],
      options: ['-replace=x'],
      waitsSeconds: [0],
    };
    await applyPatiently(it, saved, agreed);
    expect(await calls()).toBe('apply plan show apply');
    expect(await readFile(path.join(directory.path, 'calls'), 'utf8')).not.toContain('-replace');
    expect(text()).toMatch(/not active yet\. Trying again in 0 seconds/);
  });

  test('stops where more is left to do than was agreed to', async () => {
    const { it, saved } = await terraform(said().io, planOf(change('c', ['delete'])));
    const agreed = {
      planned: readPlan(saved.json, 'Terraform'),
      secrets: [],
      options: [],
      waitsSeconds: [0],
    };
    await expect(applyPatiently(it, saved, agreed)).rejects.toThrow(
      /more than was agreed to \(google_storage_bucket\.c, .*\)\. Deploy again/,
    );
    expect(await calls()).toBe('apply plan show');
  });

  test('fails for good when it never becomes active', async () => {
    const { it, saved } = await terraform(said().io, planOf());
    const agreed = { planned: readPlan(saved.json, 'Terraform'), secrets: [], options: [], waitsSeconds: [] };
    await expect(applyPatiently(it, saved, agreed)).rejects.toThrow(/apply of s\) failed/);
    expect(existsSync(path.join(directory.path, 'deploy.tfplan'))).toBe(false);
  });
});
