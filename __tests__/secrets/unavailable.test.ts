import { beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../emulator/run/free-port.ts';
import { decrypt } from '../../secrets/cipher.ts';
import { type GoogleClients, googleClients } from '../../secrets/clients.ts';
import { UnavailableError } from '../../secrets/errors.ts';
import { readObject } from '../../secrets/store.ts';

const key = 'projects/sample-project/locations/global/keyRings/cloudrun-secrets/cryptoKeys/cloudrun-identity';
let clients: GoogleClients;

beforeAll(async () => {
  clients = await googleClients({
    endpoint: `http://127.0.0.1:${await freePort()}`,
    accessToken: 'token-7f3a',
  });
});

describe.concurrent('an API that does not answer', () => {
  it.each([
    ['Cloud Storage', () => readObject(clients, 'sample-bucket', 'config.enc')],
    ['Cloud KMS', () => decrypt(clients, key, Buffer.from('ciphertext'))],
  ])('is reported as retryable, after a bounded time and without the token: %s', async (_name, call) => {
    const failure = await call().catch((error: Error) => error);
    expect(failure).toBeInstanceOf(UnavailableError);
    expect(failure).toMatchObject({ retryable: true });
    expect(JSON.stringify([failure, String(failure), String((failure as Error).cause)])).not.toContain(
      'token-7f3a',
    );
  });
});
