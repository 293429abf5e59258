import { beforeAll, describe, expect, it } from 'vitest';
import { localCloud } from '../support.ts';
import { createResources, KEY, RING } from './support.ts';

const context = localCloud();
beforeAll(() => createResources(context.cloud));

describe('a value of another type', () => {
  it.each<[field: string, body: object, message: string]>([
    [
      'a string',
      { purpose: 'ENCRYPT_DECRYPT', labels: { team: 5 } },
      "'crypto_key.labels[0].value' (TYPE_STRING).",
    ],
    ['an enum', { purpose: 'ENCRYPT' }, "'crypto_key.purpose' (TYPE_ENUM)."],
    ['a boolean', { importOnly: 'yes' }, "'crypto_key.import_only' (TYPE_BOOL)."],
    ['a message', { versionTemplate: 'x' }, "'crypto_key.version_template' expected an object."],
    ['a duration', { rotationPeriod: '90d' }, "Illegal duration format; duration must end with 's'."],
    ['a timestamp', { nextRotationTime: 'tomorrow' }, 'Illegal timestamp format; timestamps must end with'],
    [
      'a single value',
      { purpose: ['ENCRYPT_DECRYPT'] },
      `Unknown name "purpose" at 'crypto_key': Proto field is not repeating, cannot start list.`,
    ],
  ])('where there should be %s', async (_kind, body, message) => {
    const { status, body: answer } = await context.call('POST', `/kms/v1/${RING}/cryptoKeys?cryptoKeyId=a`, {
      body,
    });
    expect(status).toBe(400);
    expect(answer.error.message).toContain(message);
  });

  it('is never repeated: it may be a secret', async () => {
    const secret = 'Not-A-Secret!';
    for (const body of [
      { plaintext: secret },
      { plaintext: [secret] },
      `{"plaintext": "${secret}`,
      `{${secret}`,
    ]) {
      const { status, body: answer } = await context.call('POST', `/kms/v1/${KEY}:encrypt`, { body });
      expect(status).toBe(400);
      expect(JSON.stringify(answer)).not.toContain(secret);
    }
  });

  it('is none where protocol buffers have two ways to write it', async () => {
    // By number, as Python's library sends enums; null for absent; a field by its name in the .proto file.
    const body = { purpose: 1, labels: null, version_template: { protection_level: 'SOFTWARE' } };
    const created = await context.call('POST', `/kms/v1/${RING}/cryptoKeys?cryptoKeyId=by-number`, { body });
    expect(created).toMatchObject({ status: 200, body: { purpose: 'ENCRYPT_DECRYPT' } });
  });
});
