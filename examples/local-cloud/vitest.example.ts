import path from 'node:path';
import { type LocalCloud, startLocalCloud } from '@cloud-run-identity/local-cloud';
import { Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readReport } from './reports.ts';

// Of a project of your own: startLocalCloud({ apply: 'cdktf.out' }).
const stack = path.join(import.meta.dirname, 'stack.tf.json');
const reader = 'serviceAccount:report-reader@example-project.iam.gserviceaccount.com';
let cloud: LocalCloud;

beforeAll(async () => {
  cloud = await startLocalCloud({ apply: stack });
  const bucket = new Storage(cloud.as(cloud.owner).storage).bucket('example-reports');
  await bucket.file('public/may.txt').save('all is well');
  await bucket.file('secret/may.txt').save('all is lost');
});

afterAll(() => cloud?.stop());

test('the service account reads what it was granted, and nothing else', async () => {
  const storage = new Storage(cloud.as(reader).storage);
  expect(await readReport(storage, 'example-reports', 'public/may.txt')).toBe('all is well');
  await expect(readReport(storage, 'example-reports', 'secret/may.txt')).rejects.toMatchObject({ code: 403 });
});
