import { withFolder } from '../support/folder.ts';
import { type LoadRequest, load } from '../support/load/load.ts';
import { alternate } from '../support/measure.ts';
import type { Table } from '../support/report.ts';
import { ask, type Running, startCloud } from './runs.ts';
import { DECRYPT_PATH, fillBucket, fillCloud, UPLOAD_PATH } from './scene.ts';
import type { RunningCloud } from './server.ts';

const ROUNDS = 5;
const SECONDS = 1;
const WARM_UP_SECONDS = 0.3;
const STATE_MEBIBYTES = 10;

/** What a data directory costs: an upload of 256 bytes, and a decrypt, beside states of several sizes. */
export function measureWrites(): Promise<Table> {
  return withFolder((empty) =>
    withFolder(async (filled) => {
      const clouds = await Promise.all([startCloud(), startCloud(empty), startCloud(filled)]);
      try {
        const [inMemory, small, large] = clouds as [Cloud, Cloud, Cloud];
        const body = JSON.stringify({ ciphertext: await fillCloud(large.printed, 10) });
        await Promise.all([fillCloud(inMemory.printed, 10), fillCloud(small.printed, 10)]);
        await fillBucket(large.printed, STATE_MEBIBYTES);
        const rows = await alternate(ROUNDS, {
          'upload, in memory only': () => millisecondsOf(upload(inMemory.printed)),
          'upload, data directory': () => millisecondsOf(upload(small.printed)),
          [`upload, data directory with ${STATE_MEBIBYTES} MiB`]: () => millisecondsOf(upload(large.printed)),
          [`decrypt, data directory with ${STATE_MEBIBYTES} MiB`]: () =>
            millisecondsOf(decrypt(large.printed, body)),
        });
        return { caption: 'Local cloud with a data directory, concurrency 1', unit: 'ms a request', rows };
      } finally {
        for (const cloud of clouds) cloud.end();
      }
    }),
  );
}

type Cloud = Running<RunningCloud>;

async function millisecondsOf(asked: LoadRequest): Promise<number> {
  const { requestsPerSecond } = await load(asked, 1, SECONDS, WARM_UP_SECONDS);
  return 1000 / requestsPerSecond;
}

function upload({ url, tokens }: RunningCloud): LoadRequest {
  return ask(url + UPLOAD_PATH, tokens.owner, 'x'.repeat(256));
}

function decrypt({ url, tokens }: RunningCloud, body: string): LoadRequest {
  return ask(url + DECRYPT_PATH, tokens.reader, body);
}
