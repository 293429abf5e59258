import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundledReference } from '../support/server/bundled.ts';
import type { ImageFiles } from '../support/server/image-files.ts';
import { reference } from '../support/server/reference.ts';
import type { BenchScene } from '../support/server/scene.ts';
import { type RunningServer, startServer } from '../support/server/server.ts';

/** What the service is compared with first. */
export const REFERENCE = "the article's sample (Python, Flask)";
/** The most that Node can do. */
export const LIMIT = 'node:http, same bytes';
/** The most that Fastify can do. */
export const FASTIFY = 'bare Fastify, same bytes and headers';
/** The service as Cloud Run runs it. */
export const SERVICE = 'service as in its image';

/** Servers by name. */
export type Running = Readonly<Record<string, RunningServer>>;

/** Starts all servers; the bare ones answer with what the service answered. @param folder for what they are run from */
export async function startContenders(bench: BenchScene, image: ImageFiles, folder: string) {
  const { environment, shows } = bench;
  const service = await startServer({
    command: image.command,
    environment: { ...environment, ...image.environment },
    shows,
  });
  const answer = path.join(folder, 'answer.json');
  writeFileSync(answer, JSON.stringify(await answerOf(service.url)));
  const same = async (name: string): Promise<RunningServer> => {
    const command = await bundledReference(name, folder);
    return startServer({ command, environment: { ANSWER: answer }, shows });
  };
  const sample = await reference(bench);
  const running: Running = {
    ...('server' in sample && { [REFERENCE]: await startServer(sample.server) }),
    [LIMIT]: await same('same-http'),
    [FASTIFY]: await same('same-fastify'),
    [SERVICE]: service,
  };
  return { running, service, missing: 'missing' in sample ? [sample.missing] : [] };
}

/** The page and its headers, without those that a server sets by itself. */
async function answerOf(url: string) {
  const response = await fetch(url);
  const own = ['date', 'connection', 'keep-alive', 'content-length', 'transfer-encoding'];
  const headers = Object.fromEntries([...response.headers].filter(([name]) => !own.includes(name)));
  return { headers, body: await response.text() };
}
