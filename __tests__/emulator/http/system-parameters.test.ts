import { beforeAll, describe, expect, it } from 'vitest';
import { BUCKET, createResources, KEY, RING, sendRaw } from '../bad-input/support.ts';
import { localCloud } from '../support.ts';

const context = localCloud();
beforeAll(() => createResources(context.cloud));

const get = (path: string) => context.call('GET', path);

describe('fields', () => {
  it('leaves of an answer what was asked for, with every API', async () => {
    expect((await get(`/kms/v1/${KEY}?fields=name,primary(state)`)).body).toEqual({
      name: KEY,
      primary: { state: 'ENABLED' },
    });
    expect((await get(`/kms/v1/${RING}/cryptoKeys?$fields=cryptoKeys/purpose`)).body).toEqual({
      cryptoKeys: [{ purpose: 'ENCRYPT_DECRYPT' }],
    });
    expect((await get(`/storage/v1/b/${BUCKET}/o?fields=items(name)`)).body).toEqual({
      items: [{ name: 'config.enc' }],
    });
  });

  it('of the wrong form is refused before anything is done', async () => {
    const rings = '/kms/v1/projects/demo-project/locations/global/keyRings';
    const { status, body } = await context.call('POST', `${rings}?keyRingId=second&fields=a(b`, { body: {} });
    expect(status).toBe(400);
    expect(body.error.message).toBe('Invalid field selection a(b');
    expect((await get(`${rings}/second`)).status).toBe(404);
    const { body: ofStorage } = await get(`/storage/v1/b/${BUCKET}?fields=(`);
    expect(ofStorage.error.errors[0]).toMatchObject({ reason: 'invalidParameter', location: 'fields' });
  });

  it('leaves errors whole', async () => {
    const { body } = await get(`/kms/v1/${RING}/cryptoKeys/none?fields=name`);
    expect(body.error).toMatchObject({ code: 404, status: 'NOT_FOUND' });
  });
});

describe('alt and prettyPrint', () => {
  const raw = (query: string) => {
    const token = context.cloud.tokenFor(context.cloud.owner);
    return sendRaw(context.cloud, { method: 'GET', path: `/kms/v1/${RING}${query}`, token });
  };

  it('answers are indented, unless asked otherwise', async () => {
    expect((await raw('')).text).toMatch(/^\{\n {2}"name"/);
    expect((await raw('?prettyPrint=false')).text).toMatch(/^\{"name"/);
    expect((await raw('?$prettyPrint=false')).text).toMatch(/^\{"name"/);
  });

  it.each(['proto', 'atom', 'json-in-script', 'jsonp'])('alt=%s is refused', async (alt) => {
    for (const name of ['alt', '$alt']) {
      const { status, text } = await raw(`?${name}=${alt}`);
      expect(status).toBe(400);
      expect(JSON.parse(text).error.message).toContain(`Invalid value for alt: ${alt}`);
    }
  });

  it('alt=json is what there is anyway, with numbers for enums or not', async () => {
    for (const query of [
      '?alt=json',
      '?$alt=json',
      '?$alt=json;enum-encoding=int',
      '?%24alt=json%3Benum-encoding%3Dint',
    ]) {
      expect((await raw(query)).status).toBe(200);
    }
  });
});
