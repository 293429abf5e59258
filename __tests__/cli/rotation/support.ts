import type { Change, Rotator } from '@cloud-run-identity/secrets/rotators';
import { rotate } from '../../../cli/rotation/rotate.ts';
import type { OpenSecret } from '../../../cli/secret/open.ts';
import type { LocalCloud } from '../../../emulator/cloud.ts';
import type { GoogleClients } from '../../../secrets/clients.ts';
import type { Scene } from '../../support/scene.ts';

/** A server that takes tokens: those that were created and not retired. */
export class TokenServer {
  readonly accepted = new Set<string>();
  /** How often each was invalidated, counting only when it was valid. */
  readonly retired = new Map<string, number>();

  retire(token: string): void {
    if (this.accepted.delete(token)) this.retired.set(token, (this.retired.get(token) ?? 0) + 1);
  }
}

let proposed = 0;

/** A rotator of such tokens under DB_PASS, each new one a number. */
export function tokenRotator(server: TokenServer, overlaps = true): Rotator {
  const of = ({ current, next }: Change) => [String(current.DB_PASS), String(next.DB_PASS)] as const;
  return {
    overlaps,
    propose: () => {
      proposed += 1;
      return { DB_PASS: `canary-token-${proposed}` };
    },
    create: async (change) => {
      const [current, next] = of(change);
      server.accepted.add(next);
      // A server that takes one only.
      if (!overlaps) server.retire(current);
    },
    test: async (change) => {
      if (!server.accepted.has(of(change)[1])) throw new Error('not accepted');
    },
    retire: async (change) => server.retire(of(change)[0]),
    undo: async (change) => {
      const [current, next] = of(change);
      if (!overlaps) {
        server.accepted.add(current);
        server.retired.delete(current);
      }
      server.retire(next);
    },
  };
}

/** How a run of `rotate` dies. */
export class Death {
  operations = 0;
  readonly #at: number;
  readonly #isAfter: boolean;

  /** @param at number of the operation; @param isAfter whether that one is still done */
  constructor(at: number, isAfter: boolean) {
    this.#at = at;
    this.#isAfter = isAfter;
  }

  /** Does an operation, or nothing from the last one on: as if the process had been killed. */
  async run<Result>(operation: () => Promise<Result>): Promise<Result> {
    this.operations += 1;
    const number = this.operations;
    if (number > this.#at || (number === this.#at && !this.#isAfter)) throw new Error('killed');
    const result = await operation();
    if (number === this.#at) throw new Error('killed');
    return result;
  }
}

/** The scene's secret, as a command opens it. */
export function secretOf(cloud: LocalCloud, { reference, owner }: Scene, death?: Death): OpenSecret {
  return {
    io: { stderr: process.stderr, environment: {}, cwd: '/' } as unknown as OpenSecret['io'],
    target: reference,
    // Not the first one, whose schema a project would say.
    name: 'database',
    format: 'json',
    reference,
    projectId: cloud.projectId,
    clients: { ...(death ? mortal(owner, death) : owner), callerEmail: async () => 'operator@example.com' },
  };
}

/** Runs a rotation to its end, or to its death. */
export function run(
  secret: OpenSecret,
  rotator: Rotator,
  options: Partial<Parameters<typeof rotate>[1]> = {},
) {
  return rotate(secret, {
    key: 'DB_PASS',
    rotator,
    untilServed: async () => {},
    leaseMilliseconds: 20,
    ...options,
  });
}

/** A rotator each of whose calls to the server is an operation. */
export function mortalRotator(rotator: Rotator, death: Death): Rotator {
  const { create, test, retire, undo } = rotator;
  return {
    ...rotator,
    create: (change) => death.run(() => create(change)),
    test: (change) => death.run(() => test(change)),
    retire: (change) => death.run(() => retire(change)),
    undo: (change) => death.run(() => undo(change)),
  };
}

/** Clients each of whose calls is an operation. */
function mortal(clients: GoogleClients, death: Death): GoogleClients {
  const { storage, encrypt, decrypt, openObject } = clients;
  const files = (bucket: string) => ({
    file: (name: string, options?: object) => {
      const file = storage.bucket(bucket).file(name, options);
      const calls = ['save', 'getMetadata', 'setMetadata', 'delete', 'download'] as const;
      return Object.assign(
        {
          get metadata() {
            return file.metadata;
          },
        },
        Object.fromEntries(
          calls.map((call) => [
            call,
            (...args: unknown[]) =>
              death.run(() => (file[call] as (...all: unknown[]) => Promise<unknown>).apply(file, args)),
          ]),
        ),
      );
    },
  });
  return {
    ...clients,
    storage: { bucket: files } as unknown as GoogleClients['storage'],
    encrypt: (request) => death.run(() => encrypt(request)),
    decrypt: (request) => death.run(() => decrypt(request)),
    openObject: (request) => death.run(() => openObject(request)),
  };
}
