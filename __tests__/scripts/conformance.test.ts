import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startLocalCloud } from '../../emulator/cloud.ts';
import { ASSUMPTIONS } from '../../scripts/conformance/assumptions.ts';
import { assumptionsPage, observe, report } from '../../scripts/conformance/run.ts';

test('the conformance run sees on the local cloud what is assumed, removes what it made, and names nothing', async () => {
  const cloud = await startLocalCloud({ projectId: 'conformance-local' });
  try {
    const { projectId, url: endpoint } = cloud;
    const observed = await observe({
      projectId,
      endpoint,
      token: async () => cloud.tokenFor(cloud.owner),
      member: async () => cloud.owner,
    });
    expect(Object.fromEntries(observed.seen)).toEqual({
      'not-modified': '304, with x-goog-generation',
      'download-headers': 'x-goog-generation, x-goog-stored-content-length, x-goog-hash',
      gzip: '200, stored gzip',
      names: '200',
      precondition: '412 conditionNotMet',
      'missing-object': '403 storage.objects.list',
      primary: '200, by the version that was named',
      checksums: '400 for a wrong one; plaintextCrc32c is a string',
      troubleshooter: 'CANNOT_ACCESS, DENY_ACCESS_STATE_NOT_DENIED',
    });
    expect(observed.left).toEqual([]);
    const text = report(observed, { ...observed, seen: new Map([...observed.seen, ['names', '404']]) });
    expect(text).toContain('| names | 200 | 404 | **no** |');
    expect(text).not.toContain(projectId);
  } finally {
    await cloud.close();
  }
});

test('docs/assumptions.md is made of the list', () => {
  const file = path.join(import.meta.dirname, '..', '..', 'docs', 'assumptions.md');
  expect(readFileSync(file, 'utf8')).toBe(assumptionsPage());
  expect(new Set(ASSUMPTIONS.map(({ id }) => id)).size).toBe(ASSUMPTIONS.length);
});
