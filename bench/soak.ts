import { runSoak } from './soak/run-soak.ts';
import { slope } from './soak/usage.ts';

/**
 * `npm run bench -- soak [SECONDS]`: the service at saturation for 10 minutes, with a rotation every 10 s while 5 % of
 * its calls to Google fail. `npm test` runs a short form of it, which asserts only that nothing is wrong.
 */
const seconds = Number(process.argv[3] ?? 600);
const { usage, ...result } = await runSoak({
  seconds,
  rotationSeconds: 10,
  faultShare: 0.05,
  connections: 16,
  measuresUsage: true,
});
// The first third is warm-up: compiled code and caches still grow.
const settled = usage.slice(Math.floor(usage.length / 3));
const heap = settled.map(({ heapMebibytes }) => heapMebibytes);
const handles = settled.flatMap((used) => used.handles ?? []);
console.table({
  seconds,
  ...result,
  requestsPerSecond: Math.round(result.requests / seconds),
  wrong: result.wrong.join(', ') || 'none',
  errors: result.errors.join(', ') || 'none',
  'heap after collection, from and to, MiB': `${heap.at(0)?.toFixed(2)} ${heap.at(-1)?.toFixed(2)}`,
  'heap after collection, MiB per minute': (slope(heap) * 6).toFixed(3),
  'resident in the end, MiB': settled.at(-1)?.residentMebibytes?.toFixed(0) ?? 'not measured here',
  'handles, least and most':
    handles.length > 0 ? `${Math.min(...handles)} ${Math.max(...handles)}` : 'not measured here',
});
if (result.wrong.length > 0 || !result.hasNewest || result.exitCode !== 0) process.exitCode = 1;
