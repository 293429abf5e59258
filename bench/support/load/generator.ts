import { Connection } from './connection.ts';

/**
 * `node generator.ts URL CONNECTIONS SECONDS`: sends requests as fast as they are answered, each connection one at a
 * time, and prints what came of it as JSON (Load of load.ts). A process of its own, so that it shares no event loop
 * with what it measures.
 */
const [url = '', connections = '', seconds = ''] = process.argv.slice(2);
const latencies: number[] = [];
let wrong = 0;
const begin = performance.now();
const end = begin + Number(seconds) * 1000;
const cpuBegin = process.cpuUsage();
const open = Array.from(
  { length: Number(connections) },
  () =>
    new Connection(new URL(url), {
      answered(status, milliseconds) {
        latencies.push(milliseconds);
        if (status !== 200) wrong += 1;
      },
      goesOn: () => performance.now() < end,
    }),
);
for (const connection of open) connection.open();
setTimeout(() => {
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
}, Number(seconds) * 1000);
