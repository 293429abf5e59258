import { Connection } from './connection.ts';
import type { LoadRequest } from './load.ts';

/** What the generator is given, as JSON. */
export interface GeneratorOptions {
  readonly request: LoadRequest;
  /** Of every answer that is not wrong. */
  readonly status: number;
  readonly connections: number;
  readonly seconds: number;
  /** Before. */
  readonly warmUpSeconds: number;
}

/**
 * `node generator.ts OPTIONS`: sends requests as fast as they are answered, each connection one at a time, and prints
 * what came of it as JSON (Load of load.ts). A process of its own, so that it shares no event loop with what it measures.
 */
const options = JSON.parse(process.argv[2] ?? '') as GeneratorOptions;
const latencies: number[] = [];
let wrong = 0;
const milliseconds = (options.warmUpSeconds + options.seconds) * 1000;
let begin = performance.now();
let cpuBegin = process.cpuUsage();
const end = begin + milliseconds;
const open = Array.from(
  { length: options.connections },
  () =>
    new Connection(options.request, {
      answered(status, latency) {
        latencies.push(latency);
        if (status !== options.status) wrong += 1;
      },
      goesOn: () => performance.now() < end,
    }),
);
for (const connection of open) connection.open();
if (options.warmUpSeconds > 0) setTimeout(forget, options.warmUpSeconds * 1000);
setTimeout(finish, milliseconds);

/** What the warm-up has given does not count. */
function forget(): void {
  latencies.length = 0;
  begin = performance.now();
  cpuBegin = process.cpuUsage();
}

function finish(): void {
  const elapsed = performance.now() - begin;
  const cpu = process.cpuUsage(cpuBegin);
  for (const connection of open) connection.close();
  latencies.sort((a, b) => a - b);
  const percentile = (share: number) => latencies[Math.ceil(latencies.length * share) - 1] ?? null;
  const load = {
    requestsPerSecond: (latencies.length / elapsed) * 1000,
    p50: percentile(0.5),
    p99: percentile(0.99),
    wrong,
    cpuShare: (cpu.user + cpu.system) / 1000 / elapsed,
  };
  console.log(JSON.stringify(load));
}
