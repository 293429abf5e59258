import { BARE, contenders, REFERENCE, SERVICE } from './cold-start/contenders.ts';
import { withFolder } from './support/folder.ts';
import { alternateFigures, medianOf } from './support/measure.ts';
import { duration } from './support/process.ts';
import type { Measure, Report, Spread, Table, Target } from './support/report.ts';
import { peakMebibytes } from './support/server/memory.ts';
import { addLatency, startBenchScene } from './support/server/scene.ts';
import { type Server, startServer } from './support/server/server.ts';

const ROUNDS = 15;
const LATENCY_MILLISECONDS = 25;

const FLOOR = 'node --eval 0';

type Run = Awaited<ReturnType<typeof measureStarts>>;

/** From the start of the process to the first page that shows the decrypted config. */
export const measure: Measure = () =>
  withFolder(async (folder) => {
    const bench = await startBenchScene();
    try {
      const { servers, missing } = await contenders(bench, folder);
      const near = await measureStarts(servers);
      const endLatency = addLatency(bench, LATENCY_MILLISECONDS);
      const far = await measureStarts(servers);
      endLatency();
      return reportOf(near, far, missing);
    } finally {
      await bench.close();
    }
  });

async function measureStarts(servers: Readonly<Record<string, Server>>) {
  const starts = Object.entries(servers).map(([name, server]) => [name, () => measureStart(server)] as const);
  const floor = async () => ({ milliseconds: await duration(['--eval', '0']), mebibytes: Number.NaN });
  return alternateFigures(ROUNDS, { ...Object.fromEntries(starts), [FLOOR]: floor });
}

async function measureStart(server: Server) {
  const { pid, startMilliseconds, stop } = await startServer(server);
  const mebibytes = peakMebibytes(pid);
  await stop();
  return { milliseconds: startMilliseconds, mebibytes };
}

function reportOf(near: Run, far: Run, missing: readonly string[]): Report {
  const cloudLike = `calls of Google take ${LATENCY_MILLISECONDS} ms more`;
  return {
    title: 'Cold start',
    what:
      `From the start of the process to the end of the first page that shows the decrypted config, against the same ` +
      `local stand-in for Google, which is asked every millisecond. ${ROUNDS} alternating rounds, once with the ` +
      `stand-in as it is and once as if it were as far away as Google: each call to Storage and KMS takes ` +
      `${LATENCY_MILLISECONDS} ms more.`,
    tables: [
      table('Start to first page', near.milliseconds),
      table(`Start to first page, ${cloudLike}`, far.milliseconds),
      {
        caption: 'Peak memory at the first page',
        unit: 'MiB',
        rows: near.mebibytes.filter(({ median }) => Number.isFinite(median)),
      },
    ],
    targets: [...targetsOf(near.milliseconds, ''), ...targetsOf(far.milliseconds, `, ${cloudLike}`)],
    plots: [
      { kind: 'bars', title: 'Start to first page', unit: 'ms', bars: near.milliseconds },
      { kind: 'bars', title: `Start to first page, ${cloudLike}`, unit: 'ms', bars: far.milliseconds },
    ],
    notes: [
      ...missing,
      'The sample asks nothing of Google before its first request, so its start ends with its first request; its ' +
        'debug server starts a second process, whose memory counts. Its calls are spared the TLS of reality.',
      'Python keeps what it has compiled, as Node does in its compile cache: `pip install` compiles what it installs, so ' +
        'the sample in its image starts as in the first row. The targets are about that row.',
      'The bare limit knows the addresses of the APIs from its environment; the service asks the metadata server, ' +
        'which it does not on Cloud Run.',
    ],
  };
}

function table(caption: string, rows: readonly Spread[]): Table {
  return { caption, unit: 'ms', rows };
}

function targetsOf(spreads: readonly Spread[], suffix: string): Target[] {
  const service = medianOf(spreads, SERVICE);
  return [
    {
      text: `the sample's start by ours${suffix}`,
      bound: 'at least',
      allowed: 8,
      measured: medianOf(spreads, REFERENCE) / service,
      unit: 'times',
    },
    {
      text: `our start by the bare limit's${suffix}`,
      bound: 'at most',
      allowed: 3,
      measured: service / medianOf(spreads, BARE),
      unit: 'times',
    },
  ];
}
