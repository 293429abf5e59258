import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LocalCloud } from '../../emulator/cloud.ts';
import { freePort } from '../../emulator/run/free-port.ts';
import { testCompileCache } from './compile-cache.ts';
import type { Scene } from './scene.ts';

const serverPath = fileURLToPath(new URL('./service/server.ts', import.meta.url));

/** A line of the service's log. */
export interface LogLine {
  readonly severity: string;
  readonly message: string;
  readonly time: string;
  readonly error?: Record<string, unknown>;
}

/** The service as a process of its own. */
export interface ServiceProcess {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Lines so far. */
  readonly log: readonly LogLine[];
  /** All that the process wrote so far, to both of its outputs. */
  output(): string;
  /** Resolves with the first line, past or to come, that fits; `from` leaves out that many of the first lines. */
  logged(fits: (line: LogLine) => boolean, from?: number): Promise<LogLine>;
  /** Resolves with the exit code, or the signal that ended the process. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  signal(signal: NodeJS.Signals): void;
  /** Ends the process however it is. */
  kill(): Promise<void>;
}

/** The environment of a container, as the deployment, Cloud Run and the local cloud set it, and nothing else. */
export async function serviceEnvironment(cloud: LocalCloud, scene: Scene): Promise<Record<string, string>> {
  return {
    BUCKET_NAME: scene.reference.bucket,
    OBJECT_NAME: scene.reference.object,
    KMS_KEY_ID: scene.reference.key,
    PORT: String(await freePort()),
    K_SERVICE: 'svc',
    K_REVISION: 'svc-00001-abc',
    K_CONFIGURATION: 'svc',
    GCE_METADATA_HOST: await cloud.metadataServerFor(scene.email),
    METADATA_SERVER_DETECTION: 'assume-present',
  };
}

/**
 * Starts the service with exactly this environment, and where Node keeps what it compiled: most of a start is that.
 *
 * @param script the service's sources, or a bundle of them
 */
export function startService(environment: Record<string, string>, script = serverPath): ServiceProcess {
  const child = spawn(process.execPath, [script], {
    env: { NODE_COMPILE_CACHE: testCompileCache, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: string[] = [];
  const log: LogLine[] = [];
  const waiting = new Set<() => void>();
  let rest = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    chunks.push(chunk);
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    log.push(...lines.map((line) => JSON.parse(line) as LogLine));
    for (const look of waiting) look();
  });
  const port = Number(environment.PORT);
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    pid: child.pid ?? 0,
    log,
    ended,
    output: () => chunks.join(''),
    signal: (signal) => child.kill(signal),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    logged: (fits, from = 0) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const line = log.slice(from).find(fits);
          if (!line) return;
          waiting.delete(look);
          resolve(line);
        };
        waiting.add(look);
        look();
        ended.then(() => reject(new Error(`The service ended without that line:\n${chunks.join('')}`)));
      }),
  };
}
