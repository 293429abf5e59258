import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { type LocalCloudOptions, startLocalCloud } from './index.ts';

const USAGE = `Usage: local-cloud [--apply PATH]… [--ready FILE] [--port PORT] [--project ID] [--data DIRECTORY]

Runs Google Cloud on this machine until it is stopped.

  --apply PATH      a folder of a synthesis (cdktf.out), or a stack's folder or JSON file; may be repeated
  --ready FILE      written when all is ready: JSON of the address, the project, and an environment for each principal
  --port PORT       where it listens, on loopback (default: any free port)
  --project ID      its project (default: that of what is applied)
  --data DIRECTORY  where its state is kept (default: in memory only)
`;

const { values } = parseArgs({
  options: {
    apply: { type: 'string', multiple: true },
    ready: { type: 'string' },
    port: { type: 'string' },
    project: { type: 'string' },
    data: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});

if (values.help) process.stdout.write(USAGE);
else await run();

async function run(): Promise<void> {
  const options: LocalCloudOptions = {
    ...(values.apply && { apply: values.apply }),
    ...(values.ready && { readyFile: values.ready }),
    ...(values.port && { port: Number(values.port) }),
    ...(values.project && { projectId: values.project }),
    ...(values.data && { dataDirectory: values.data }),
  };
  const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  const cloud = await startLocalCloud(options);
  console.log(`The local Google Cloud of project ${cloud.projectId} listens at ${cloud.url}`);
  await stopped;
  await cloud.stop();
}
