import { Agent, get } from 'node:http';
import { text } from 'node:stream/consumers';

/** Requests that go on until they are ended. */
export interface Load {
  /** The least rotation that a connection was shown last. */
  oldestSeen(): number;
  end(): Promise<{ readonly requests: number; readonly wrong: readonly string[] }>;
}

/** Asks for the page over so many connections, each as soon as it has its answer, and looks at every answer. */
export function startLoad(url: string, connections: number): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const seen = Array.from({ length: connections }, () => 1);
  const wrong = new Set<string>();
  let requests = 0;
  let isEnding = false;
  const workers = seen.map(async (_, index) => {
    while (!isEnding) {
      const shown = await rotationShown(url, agent).catch((error: Error) => error.message);
      requests += 1;
      if (typeof shown === 'string') wrong.add(shown);
      else if (shown < (seen[index] ?? 0)) wrong.add('an older config than before');
      else seen[index] = shown;
    }
  });
  return {
    oldestSeen: () => Math.min(...seen),
    end: async () => {
      isEnding = true;
      await Promise.all(workers);
      agent.destroy();
      return { requests, wrong: [...wrong] };
    },
  };
}

/** Which rotation a page shows, or what is wrong with it. */
async function rotationShown(url: string, agent: Agent): Promise<number | string> {
  const { status, body } = await new Promise<{ status: number; body: string }>((resolve, reject) => {
    get(url, { agent }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    }).on('error', reject);
  });
  if (status !== 200) return `HTTP ${status}`;
  const numbers = [...body.matchAll(/<td>(?:host|user|pass)-(\d+)\.<\/td>/g)].map(([, number]) =>
    Number(number),
  );
  const [first] = numbers;
  if (first === undefined || numbers.length !== 3) return 'a page without the config';
  return numbers.every((number) => number === first) ? first : 'parts of two configs';
}
