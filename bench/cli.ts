import path from 'node:path';
import { type SilentServer, startSilentServer } from './cli/first-byte.ts';
import { withFolder } from './support/folder.ts';
import { alternate, medianOf } from './support/measure.ts';
import { duration } from './support/process.ts';
import type { Measure, Spread, Target } from './support/report.ts';

const ROUNDS = 15;
const NODE = 'node --eval 0, to its end';
const HELP = '--help, to its end';
const GET = 'get';
const ENCRYPT = 'encrypt';
const GET_BY_SETTINGS = 'get, names from the settings';
const OFFICIAL = "get, by Google's official clients";
const ALLOWED_MILLISECONDS = 150;

const PROGRAM = 'cli/bin.js';
const NAMES = [
  ...['--bucket', 'bench-bucket', '--object', 'config.enc'],
  ...['--kms-key', 'projects/bench/locations/global/keyRings/bench/cryptoKeys/bench'],
];

/** From the start of the process to the first byte that a command sends to Google. */
export const measure: Measure = () =>
  withFolder(async (folder) => {
    const server = await startSilentServer();
    try {
      const spreads = await alternate(ROUNDS, measurements(server, folder));
      return {
        title: 'Start of the command line',
        what:
          'From the start of the process to the first byte that the command sends to Google (to its end where it ' +
          `sends nothing), with an access token, ${ROUNDS} alternating rounds after one that fills the compile cache.`,
        tables: [{ caption: 'Start of a command', unit: 'ms', rows: spreads }],
        targets: [GET, ENCRYPT].map((name) => target(spreads, name)),
        plots: [{ kind: 'bars', title: 'Start of a command', unit: 'ms', bars: spreads }],
        notes: [
          'Names from the settings are those of a synthesis, in a process of its own: there is one source for them.',
          'encrypt validates the config before anything is sent; loading the validator (typebox) is the difference to get.',
          "Google's official clients load where a proxy is set, or credentials name a quota project, and for commands that write.",
        ],
      };
    } finally {
      server.close();
    }
  });

function measurements(server: SilentServer, folder: string): Readonly<Record<string, () => Promise<number>>> {
  const environment = {
    CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS: `${server.url}/`,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `${server.url}/storage/v1/`,
    CLOUDSDK_AUTH_ACCESS_TOKEN: 'any',
  };
  const ciphertext = path.join(folder, 'config.enc');
  const firstByte = (...args: readonly string[]) => server.firstByte([PROGRAM, ...args], environment);
  return {
    [NODE]: () => duration(['--eval', '0']),
    [HELP]: () => duration([PROGRAM, '--help']),
    [GET]: () => firstByte('get', ...NAMES),
    [ENCRYPT]: () => firstByte('encrypt', 'config.json', '--out', ciphertext, ...NAMES),
    [GET_BY_SETTINGS]: () => firstByte('get'),
    // A proxy is what only they know; theirs is the server itself.
    [OFFICIAL]: () =>
      server.firstByte([PROGRAM, 'get', ...NAMES], { ...environment, HTTP_PROXY: server.url }),
  };
}

function target(spreads: readonly Spread[], name: string): Target {
  return {
    text: `${name}, to the first byte`,
    bound: 'at most',
    allowed: ALLOWED_MILLISECONDS,
    measured: medianOf(spreads, name),
    unit: 'ms',
  };
}
