import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { type LocalCloud, startLocalCloud } from '@cloud-run-identity/local-cloud';
import { Storage } from '@google-cloud/storage';
import { readReport } from './reports.ts';

const reader = 'serviceAccount:report-reader@example-project.iam.gserviceaccount.com';
let cloud: LocalCloud;

before(async () => {
  cloud = await startLocalCloud({ apply: path.join(import.meta.dirname, 'stack.tf.json') });
  await new Storage(cloud.as(cloud.owner).storage)
    .bucket('example-reports')
    .file('secret/may.txt')
    .save('all is lost');
});

after(() => cloud.stop());

test('the service account cannot read what it was not granted', async () => {
  const storage = new Storage(cloud.as(reader).storage);
  await assert.rejects(readReport(storage, 'example-reports', 'secret/may.txt'), { code: 403 });
});
