import autocannon from 'autocannon';
import type { Asked, Generated } from './load.ts';

/**
 * `node generator.ts ASKED`: sends requests as fast as they are answered, each connection one at a time, and prints what
 * came of it as JSON. A process of its own, so that it shares no event loop with what it measures. autocannon sends;
 * its own statistics know whole milliseconds only, so each answer is counted here.
 */
const { request, connections, seconds, warmUpSeconds } = JSON.parse(process.argv[2] ?? '') as Asked;
const { status = 200, ...sent } = request;
const latencies: number[] = [];
let wrong = 0;
let begin = performance.now();
let cpuBegin = process.cpuUsage();
const duration = Math.ceil(warmUpSeconds + seconds) + 1;
const load = autocannon({ ...sent, connections, duration, skipAggregateResult: true }, (error) => {
  if (error) throw error;
});
load.on('response', (_client, answered, _bytes, milliseconds) => {
  latencies.push(milliseconds);
  if (answered !== status) wrong += 1;
});
load.on('reqError', () => {
  wrong += 1;
});
if (warmUpSeconds > 0) setTimeout(forget, warmUpSeconds * 1000);
setTimeout(finish, (warmUpSeconds + seconds) * 1000);

/** What the warm-up has given does not count, but for wrong answers. */
function forget(): void {
  latencies.length = 0;
  begin = performance.now();
  cpuBegin = process.cpuUsage();
}

function finish(): void {
  const elapsed = performance.now() - begin;
  const cpu = process.cpuUsage(cpuBegin);
  latencies.sort((a, b) => a - b);
  const percentile = (share: number) => latencies[Math.ceil(latencies.length * share) - 1] ?? null;
  const generated: Generated = {
    requestsPerSecond: (latencies.length / elapsed) * 1000,
    p50: percentile(0.5),
    p99: percentile(0.99),
    wrong,
    cpuShare: (cpu.user + cpu.system) / 1000 / elapsed,
  };
  process.stdout.write(`${JSON.stringify(generated)}\n`, () => process.exit());
}
