import { setTimeout as delay } from 'node:timers/promises';
import { sampleConfig } from '../../__tests__/support/scene.ts';
import { type Load, load } from '../support/load/load.ts';
import { alternateFigures, medianOf } from '../support/measure.ts';
import type { Table, Target } from '../support/report.ts';
import type { ImageFiles } from '../support/server/image-files.ts';
import type { BenchScene } from '../support/server/scene.ts';
import { startServer } from '../support/server/server.ts';

const ROUNDS = 7;
const SECONDS = 5;
const WARM_UP_SECONDS = 2;

const KEPT = 'without reloads (RELOAD_SECONDS=900)';
const RELOADED = 'a reload each second (RELOAD_SECONDS=1)';

/**
 * The latency of a service that reloads each second, and of one that does not. The object is written each second for
 * both, so that what the local cloud takes of the machine is the same; each service is a new one, warmed up.
 */
export async function measureReloads(bench: BenchScene, image: ImageFiles, connections: number) {
  const measured = (reloadSeconds: string) => async () => {
    const service = await startServer({
      command: image.command,
      environment: { ...bench.environment, ...image.environment, RELOAD_SECONDS: reloadSeconds },
      shows: bench.shows,
    });
    try {
      await load(service.url, connections, WARM_UP_SECONDS);
      const before = bench.calls();
      const endWriting = writeEachSecond(async () =>
        bench.scene.put(await bench.scene.encrypt(sampleConfig)),
      );
      const result = await load(service.url, connections, SECONDS);
      await endWriting();
      return { ...result, decryptions: bench.calls().kms - before.kms };
    } finally {
      await service.stop();
    }
  };
  const measurements = { [KEPT]: measured('900'), [RELOADED]: measured('1') };
  const { p50, p99, decryptions } = await alternateFigures<keyof Load | 'decryptions'>(ROUNDS, measurements);
  return {
    tables: [
      {
        caption: `p50 while the object changes each second, ${connections} connections`,
        unit: 'ms',
        rows: p50,
      },
      {
        caption: `p99 while the object changes each second, ${connections} connections`,
        unit: 'ms',
        rows: p99,
      },
    ] satisfies Table[],
    targets: [
      {
        text: 'p99 under load with reloads by p99 without',
        bound: 'at most',
        allowed: 1.2,
        measured: medianOf(p99, RELOADED) / medianOf(p99, KEPT),
        unit: 'times',
      },
    ] satisfies Target[],
    notes: [
      `The service that reloads decrypted ${medianOf(decryptions, RELOADED)} times in a round of ${SECONDS} s, the other ` +
        `${medianOf(decryptions, KEPT)} times.`,
    ],
  };
}

/** @returns what ends the writing */
function writeEachSecond(write: () => Promise<void>): () => Promise<void> {
  const ending = new AbortController();
  const writing = (async () => {
    while (!ending.signal.aborted) {
      await write();
      await delay(1_000, undefined, { signal: ending.signal }).catch(() => {});
    }
  })();
  return async () => {
    ending.abort();
    await writing;
  };
}
