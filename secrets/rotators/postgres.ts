import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Change,
  type Credential,
  type Rotator,
  RotatorError,
  type SecretValues,
  textAt,
} from './rotator.ts';

/** Where a config has what it takes to connect. */
export interface PostgresKeys {
  /** @default 'DB_HOST' */
  readonly host?: string;
  /** @default 'DB_PORT' */
  readonly port?: string;
  /** @default 'DB_USER' */
  readonly user?: string;
  /** @default 'DB_PASS' */
  readonly password?: string;
}

/** How PostgreSQL is reached. */
export interface PostgresOptions {
  readonly keys?: PostgresKeys;
  /** Database that the service uses. */
  readonly database: string;
  /** As pg's `ssl`: true asks for TLS with a certificate that can be verified. @default false */
  readonly ssl?: boolean | { readonly ca?: string };
}

/** Options of {@link postgresUsers}. */
export interface PostgresUsersOptions extends PostgresOptions {
  /** Names of the two users that take turns. */
  readonly users: readonly [string, string];
  /** Role that has the grants, and that both users are made members of. */
  readonly memberOf: string;
  /**
   * Who may make and change the users: a role with CREATEROLE that may grant `memberOf`, and with pg_signal_backend, to
   * end connections that are left over. @default the variables PGUSER and PGPASSWORD
   */
  readonly administrator?: () => { readonly user: string; readonly password: string };
  /** For how long retire waits for connections of the old user to end before it ends them. @default 30 */
  readonly drainSeconds?: number;
}

/** invalid_authorization_specification and invalid_password: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const REFUSED = ['28000', '28P01'];

/** Two users of PostgreSQL that take turns: while one is current, the other cannot log in. */
export function postgresUsers(options: PostgresUsersOptions): Rotator {
  const names = keysOf(options);
  const { users, memberOf, drainSeconds = 30 } = options;
  const administrator = options.administrator ?? administratorOfEnvironment;
  const asAdministrator = <Result>(values: SecretValues, run: (client: Client) => Promise<Result>) =>
    connected(options, { ...place(names, values), ...administrator() }, run);

  /** Takes a user's password away, unless it has another one than that by now; connections get some time to end. */
  async function lock(values: SecretValues): Promise<void> {
    const user = textAt(values, names.user);
    await asAdministrator(values, async (client) => {
      const { rows } = await client.query<{ rolcanlogin: boolean }>(
        'SELECT rolcanlogin FROM pg_roles WHERE rolname = $1',
        [user],
      );
      const [role] = rows;
      if (!role) return;
      if (role.rolcanlogin) {
        // A password that is not the one to be retired belongs to a later rotation.
        if (!(await isAccepted(options, names, values))) return;
        await client.query(`ALTER ROLE ${identifier(user)} NOLOGIN PASSWORD NULL`);
      }
      const end = performance.now() + drainSeconds * 1000;
      const count = async () =>
        (await client.query('SELECT FROM pg_stat_activity WHERE usename = $1', [user])).rowCount ?? 0;
      while ((await count()) > 0 && performance.now() < end) await delay(200);
      await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [user]);
    });
  }

  return {
    propose: (current) => {
      const user = textAt(current, names.user);
      if (!users.includes(user)) {
        throw new RotatorError(
          `${names.user} is none of the two users that take turns, ${users.join(' and ')}: name it as one of them in the rotator.`,
        );
      }
      const other = users[0] === user ? users[1] : users[0];
      return { [names.user]: other, [names.password]: newPassword() };
    },
    create: async ({ current, next }) => {
      const user = textAt(next, names.user);
      await asAdministrator(current, async (client) => {
        const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [user]);
        if (rowCount === 0)
          await client.query(`CREATE ROLE ${identifier(user)} IN ROLE ${identifier(memberOf)}`);
        await setPassword(client, user, textAt(next, names.password), 'LOGIN');
      });
    },
    test: ({ next }) => signIn(options, names, next),
    retire: ({ current }) => lock(current),
    undo: ({ next }) => lock(next),
  };
}

/**
 * One user of PostgreSQL, which has one password: it changes its own. The server does not take two, so the new one is
 * made current first; a service whose connection is refused looks for it (`withFresh`).
 */
export function postgresPassword(options: PostgresOptions): Rotator {
  const names = keysOf(options);
  const change = async (from: SecretValues, to: SecretValues) => {
    if (await isAccepted(options, names, to)) return;
    await connected(options, credentials(names, from), (client) =>
      setPassword(client, textAt(to, names.user), textAt(to, names.password)),
    );
  };
  return {
    overlaps: false,
    propose: (): Credential => ({ [names.password]: newPassword() }),
    create: ({ current, next }: Change) => change(current, next),
    test: ({ next }) => signIn(options, names, next),
    // The server has forgotten it.
    retire: async () => {},
    undo: ({ current, next }) => change(next, current),
  };
}

type Names = Required<PostgresKeys>;
type Client = import('pg').Client;

function keysOf({ keys }: PostgresOptions): Names {
  return { host: 'DB_HOST', port: 'DB_PORT', user: 'DB_USER', password: 'DB_PASS', ...keys };
}

function place(names: Names, values: SecretValues) {
  return { host: textAt(values, names.host), port: Number(values[names.port] ?? 5432) };
}

function credentials(names: Names, values: SecretValues) {
  const [user, password] = [textAt(values, names.user), textAt(values, names.password)];
  return { ...place(names, values), user, password };
}

function administratorOfEnvironment() {
  const { PGUSER: user, PGPASSWORD: password } = process.env;
  if (user && password) return { user, password };
  throw new RotatorError(
    'The rotator needs somebody who may change the users: export PGUSER and PGPASSWORD, or give it an administrator.',
  );
}

async function connected<Result>(
  { database, ssl = false }: PostgresOptions,
  credentials: { host: string; port: number; user: string; password: string },
  run: (client: Client) => Promise<Result>,
): Promise<Result> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ ...credentials, database, ssl, connectionTimeoutMillis: 10_000 });
  // A connection that breaks rejects the query that is under way; alone it must not end the process.
  client.on('error', () => {});
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}

async function signIn(options: PostgresOptions, names: Names, values: SecretValues): Promise<void> {
  await connected(options, credentials(names, values), (client) => client.query('SELECT 1'));
}

async function isAccepted(options: PostgresOptions, names: Names, values: SecretValues): Promise<boolean> {
  try {
    await signIn(options, names, values);
    return true;
  } catch (error) {
    if (REFUSED.includes(String((error as { code?: unknown }).code))) return false;
    throw error;
  }
}

/** 256 bits, in characters that need no escape anywhere. */
function newPassword(): string {
  return randomBytes(32).toString('base64url');
}

/** The server gets a verifier, since its log may have the statement. */
async function setPassword(client: Client, user: string, password: string, options = ''): Promise<void> {
  await client.query(`ALTER ROLE ${identifier(user)} ${options} PASSWORD '${scramVerifier(password)}'`);
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** What PostgreSQL keeps of a password (https://www.postgresql.org/docs/current/catalog-pg-authid.html, RFC 5803). */
function scramVerifier(password: string): string {
  const iterations = 4096;
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const keyOf = (name: string) => createHmac('sha256', salted).update(name).digest();
  const stored = createHash('sha256').update(keyOf('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${keyOf('Server Key').toString('base64')}`;
}
