import { describe, expect, it } from 'vitest';
import { freePort } from '../../emulator/run/free-port.ts';
import type { ConfigApis } from '../../secrets/apis.ts';
import { decrypt } from '../../secrets/cipher.ts';
import { UnavailableError } from '../../secrets/errors.ts';
import { readObject } from '../../secrets/store.ts';
import { transports } from './support/transports.ts';

const key = 'projects/sample-project/locations/global/keyRings/cloudrun-secrets/cryptoKeys/cloudrun-identity';
describe.concurrent.each(transports)('an API that does not answer $name', ({ open }) => {
  it.each([
    ['Cloud Storage', (apis: ConfigApis) => readObject(apis, 'sample-bucket', 'config.enc')],
    ['Cloud KMS', (apis: ConfigApis) => decrypt(apis, key, Buffer.from('ciphertext'))],
  ])('is reported as retryable, after a bounded time and without the token: %s', async (_name, call) => {
    const apis = await open(`http://127.0.0.1:${await freePort()}`, 'token-7f3a');
    const failure = await call(apis).catch((error: Error) => error);
    expect(failure).toBeInstanceOf(UnavailableError);
    expect(failure).toMatchObject({ retryable: true });
    expect(JSON.stringify([failure, String(failure), String((failure as Error).cause)])).not.toContain(
      'token-7f3a',
    );
  });
});
