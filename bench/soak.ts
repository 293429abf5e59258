import { runSoak } from './soak/run-soak.ts';
import { slopePerMinute } from './soak/usage.ts';

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
});
// The first third is warm-up: compiled code and the heap still grow.
const settled = usage.slice(Math.floor(usage.length / 3));
const memory = settled.map(({ residentMebibytes }) => residentMebibytes);
const handles = settled.map((one) => one.handles);
console.table({
  seconds,
  ...result,
  requestsPerSecond: Math.round(result.requests / seconds),
  wrong: result.wrong.join(', ') || 'none',
  errors: result.errors.join(', ') || 'none',
  'memory at the end, MiB': memory.at(-1)?.toFixed(1) ?? 'not measured here',
  'memory, MiB per minute': memory.length > 0 ? slopePerMinute(memory).toFixed(2) : 'not measured here',
  'handles, from and to':
    handles.length > 0 ? `${Math.min(...handles)} ${Math.max(...handles)}` : 'not measured here',
});
if (result.wrong.length > 0 || !result.hasNewest || result.exitCode !== 0) process.exitCode = 1;
