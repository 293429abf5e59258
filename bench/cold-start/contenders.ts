import path from 'node:path';
import { ROOT } from '../support/process.ts';
import { bundledReference, withCompileCache } from '../support/server/bundled.ts';
import { makeImageFiles } from '../support/server/image-files.ts';
import { reference } from '../support/server/reference.ts';
import type { BenchScene } from '../support/server/scene.ts';
import type { Server } from '../support/server/server.ts';

/** What the service is compared with first. */
export const REFERENCE = "the article's sample (Python, Flask)";
/** The service as Cloud Run starts it. */
export const SERVICE = 'service as in its image: bundle, compile cache';
/** The least that Node can do. */
export const BARE = 'bare limit: node:http, calls by hand';

/** What is compared, and what cannot be. */
export interface Contenders {
  readonly servers: Readonly<Record<string, Server>>;
  readonly missing: readonly string[];
}

/** Makes the servers. @param folder an empty one, for what they are run from */
export async function contenders(bench: BenchScene, folder: string): Promise<Contenders> {
  const { environment, shows, cloud } = bench;
  const image = await makeImageFiles(path.join(folder, 'image'));
  const server = (command: readonly string[], more: Readonly<Record<string, string>> = {}): Server => ({
    command,
    environment: { ...environment, ...more },
    shows,
  });
  const bare = { API_ENDPOINT: cloud.url };
  const fastify = await bundledReference('bare-fastify', folder);
  const sample = await reference(bench);
  return {
    missing: 'missing' in sample ? [sample.missing] : [],
    servers: {
      ...('server' in sample && {
        [REFERENCE]: sample.server,
        'the sample, its bytecode not cached': withoutBytecode(sample.server, folder),
      }),
      [SERVICE]: server(image.command, image.environment),
      'service, bundle without compile cache': server(image.command),
      'service from its sources': server([process.execPath, path.join(ROOT, 'service', 'server.ts')]),
      "service with Google's official clients": server(image.command, {
        ...image.environment,
        GOOGLE_CLIENTS: 'official',
      }),
      'bare Fastify, calls by hand, compile cache': server(fastify, {
        ...bare,
        ...withCompileCache(fastify, folder),
      }),
      [BARE]: server(await bundledReference('bare-http', folder), bare),
    },
  };
}

/** As where `pip install` has compiled nothing, or the first start has to: Python compiles all that it imports. */
function withoutBytecode(sample: Server, folder: string): Server {
  const none = { PYTHONDONTWRITEBYTECODE: '1', PYTHONPYCACHEPREFIX: path.join(folder, 'no-bytecode') };
  return { ...sample, environment: { ...sample.environment, ...none } };
}
