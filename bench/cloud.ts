import { measureRequests } from './cloud/requests.ts';
import { measureStarts } from './cloud/starts.ts';
import { measureWrites } from './cloud/writes.ts';
import type { Measure } from './support/report.ts';

/** The local cloud: how fast it starts and answers, and what its policy checks and its data directory cost. */
export const measure: Measure = async () => {
  const starts = await measureStarts();
  const requests = await measureRequests();
  const writes = await measureWrites();
  return {
    title: 'Local cloud',
    what:
      'Object reads (256 bytes, alt=media) and decrypts as a principal whom a policy lets, each cloud and the load ' +
      'generator in a process of its own, beside a bare node:http server that answers with the same headers and ' +
      'bytes. For the policy checks, a tenth of the bindings is on the bucket that is read, a tenth on the project, ' +
      'the rest on other buckets, every other one with a condition; the one that grants is the last. Medians of ' +
      'alternating rounds: 15 for the starts, 5 of 1 s for the rest.',
    tables: [starts.table, ...requests.tables, writes],
    targets: [starts.target, ...requests.targets],
    plots: [starts.plot, ...requests.plots],
    notes: [
      'Start: the target is for startLocalCloud() in a process that has loaded its modules and runs it for the first ' +
        'time. Loading them takes three times as long: half of that is Node taking the types out of some hundred ' +
        'files, which a compile cache saves, and a quarter is Fastify. Half of npm run cloud is the synthesis that ' +
        'tells it the project and region of the settings.',
      'With a data directory the whole state is written at each change, before the change is answered, so a write ' +
        'takes longer the larger the state is, mostly by the objects in it. What only reads writes nothing.',
    ],
  };
};
