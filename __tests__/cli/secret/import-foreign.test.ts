import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { encrypt } from '../../../secrets/cipher.ts';
import { type Scene, sampleConfig } from '../../support/scene.ts';
import { eachOperator, liveConfig, type Operator } from './support.ts';

let operator: Operator;
let scene: Scene;
eachOperator((made) => {
  ({ operator, scene } = made);
});

const changed = { ...sampleConfig, DB_PASS: 'canary-foreign' };

function seal(plaintext: Uint8Array | string, key: Buffer, nonceBytes: number, additionalData?: string) {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  if (additionalData !== undefined) cipher.setAAD(Buffer.from(additionalData));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return { nonce, ciphertext, tag: cipher.getAuthTag() };
}

/** Writes an object as `berglas create` does. */
async function createBerglas(object: string, plaintext: string, { boundTo = object } = {}): Promise<string> {
  const { bucket, key } = scene.reference;
  const dataKey = randomBytes(32);
  const wrapped = await encrypt(scene.owner, key, dataKey, {
    additionalAuthenticatedData: Buffer.from(boundTo),
  });
  const { nonce, ciphertext, tag } = seal(plaintext, dataKey, 12);
  const blob = `${wrapped.ciphertext.toString('base64')}:${Buffer.concat([nonce, ciphertext, tag]).toString('base64')}`;
  const metadata = { 'berglas-kms-key': `${key}/cryptoKeyVersions/1`, 'berglas-secret': '1' };
  await scene.owner.storage
    .bucket(bucket)
    .file(object)
    .save(blob, { resumable: false, metadata: { metadata } });
  return `berglas://${bucket}/${object}`;
}

/** A JSON file as `sops encrypt --gcp-kms KEY` makes it. */
async function sopsFile(values: Record<string, unknown>): Promise<Record<string, unknown>> {
  const { key } = scene.reference;
  const dataKey = randomBytes(32);
  const hash = createHash('sha512');
  const leaf = (text: string, type: string, additionalData: string) => {
    const { nonce, ciphertext, tag } = seal(text, dataKey, 32, additionalData);
    const [data, iv, end] = [ciphertext, nonce, tag].map((part) => part.toString('base64'));
    return `ENC[AES256_GCM,data:${data},iv:${iv},tag:${end},type:${type}]`;
  };
  const encryptTree = (node: unknown, at: string): unknown => {
    if (Array.isArray(node)) return node.map((inner) => encryptTree(inner, at));
    if (typeof node === 'object' && node !== null) {
      return Object.fromEntries(
        Object.entries(node).map(([name, inner]) => [name, encryptTree(inner, `${at}${name}:`)]),
      );
    }
    const types: Record<string, string> = { string: 'str', number: 'int', boolean: 'bool' };
    const text = typeof node === 'boolean' ? (node ? 'True' : 'False') : String(node);
    hash.update(text);
    // An empty text stays one.
    return text === '' ? '' : leaf(text, types[typeof node] ?? 'str', at);
  };
  const tree = encryptTree(values, '') as object;
  const lastmodified = '2026-11-27T00:00:00Z';
  const { ciphertext } = await encrypt(scene.owner, key, dataKey);
  const mac = leaf(hash.digest('hex').toUpperCase(), 'str', lastmodified);
  return {
    ...tree,
    sops: { gcp_kms: [{ resource_id: key, enc: ciphertext.toString('base64') }], lastmodified, mac },
  };
}

const write = (name: string, content: unknown) =>
  writeFileSync(path.join(operator.directory, name), JSON.stringify(content));

test('a secret of berglas becomes the config', async () => {
  const source = await createBerglas('db', JSON.stringify(changed));
  expect(await operator.run(['import', source])).toMatchObject({ code: 0, stderr: '' });
  expect((await liveConfig(scene)).config).toEqual(changed);
});

test('a secret of berglas that is text becomes a secret of text', async () => {
  const source = await createBerglas('token', 'canary-token');
  const tls = ['--secret', 'token', '--format', 'text'];
  expect(await operator.run(['import', source, ...tls])).toMatchObject({ code: 0, stderr: '' });
  expect((await operator.run(['get', ...tls])).stdout).toBe('canary-token');
});

test('what is no secret of berglas, or was moved to another object, is refused', async () => {
  const { bucket } = scene.reference;
  const none = await operator.run(['import', `berglas://${bucket}/config.enc`]);
  expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('is no secret of berglas') });
  const moved = await createBerglas('moved', JSON.stringify(changed), { boundTo: 'db' });
  const outcome = await operator.run(['import', moved]);
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).not.toContain('canary');
  expect((await operator.run(['import', `berglas://${bucket}/nowhere`])).stderr).toMatch(
    /nowhere does not exist/,
  );
  expect((await liveConfig(scene)).config).toEqual(sampleConfig);
});

test('a file of sops with a key of Cloud KMS becomes the config, types included', async () => {
  write('db.json', await sopsFile(changed));
  expect(await operator.run(['import', 'db.json'])).toMatchObject({ code: 0, stderr: '' });
  expect((await liveConfig(scene)).config).toEqual(changed);
  const nested = { port: 5432, tls: true, hosts: ['a', 'b'], empty: '', deep: { er: 'x' } };
  write('nested.json', await sopsFile(nested));
  const values = ['--secret', 'values'];
  expect(await operator.run(['import', 'nested.json', ...values])).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse((await operator.run(['get', ...values])).stdout)).toEqual(nested);
});

test('a file of sops is read as YAML and as .env, too', async () => {
  const values = ['--secret', 'values'];
  const file = (name: string, text: string) => writeFileSync(path.join(operator.directory, name), text);
  const nested = { port: 5432, tls: true, hosts: ['a', 'b'], text: 'two\nlines: é', deep: { er: 'x' } };
  file('secrets.yaml', `# sops: a comment\n${stringify(await sopsFile(nested))}`);
  expect(await operator.run(['import', 'secrets.yaml', ...values])).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse((await operator.run(['get', ...values])).stdout)).toEqual(nested);
  const { sops, ...tree } = (await sopsFile(changed)) as { sops: Record<string, unknown> };
  const [key] = sops.gcp_kms as Record<string, string>[];
  const flat = {
    ...tree,
    sops_lastmodified: sops.lastmodified,
    sops_mac: sops.mac,
    ...Object.fromEntries(Object.entries(key ?? {}).map(([n, v]) => [`sops_gcp_kms__list_0__map_${n}`, v])),
  };
  const lines = Object.entries(flat).map(([name, value]) => `${name}=${value}\n`);
  file('sops.env', ['#ENC[AES256_GCM,data:x,iv:x,tag:x,type:comment]\n', ...lines].join(''));
  expect(await operator.run(['import', 'sops.env'])).toMatchObject({ code: 0, stderr: '' });
  expect((await liveConfig(scene)).config).toEqual(changed);
});

test.each([
  ['altered.yaml', (text: string) => text.replace('hosts:', 'guests:'), /was altered/],
  ['two.yaml', (text: string) => `${text}---\n${text}`, /is no YAML of one document/],
  ['broken.yaml', (text: string) => `canary: [\n${text}`, /is no YAML of one document/],
])('%s of sops is refused with what sops does itself', async (name, change, message) => {
  writeFileSync(path.join(operator.directory, name), change(stringify(await sopsFile({ hosts: ['a'] }))));
  const { code, stderr } = await operator.run(['import', name, '--secret', 'values']);
  expect(code).toBe(1);
  expect(stderr).toMatch(message);
  expect(stderr).toContain(`sops decrypt --output-type json ${name}`);
  expect(stderr).not.toContain('canary');
});

test('a file of sops that was altered, or is of other keys, is refused with what sops does itself', async () => {
  const { DB_HOST, ...rest } = await sopsFile(changed);
  write('altered.json', rest);
  const altered = await operator.run(['import', 'altered.json']);
  expect(altered).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/was altered .*sops decrypt --output-type json/),
  });
  write('age.json', { DB_HOST, sops: { age: [], mac: '', lastmodified: '' } });
  expect((await operator.run(['import', 'age.json'])).stderr).toMatch(/not of one key of Cloud KMS alone/);
  expect((await liveConfig(scene)).config).toEqual(sampleConfig);
});

test('a .env file’s texts become what the schema says, as export wrote them', async () => {
  const schema = {
    type: 'object',
    properties: { PORT: { type: 'integer' }, LIST: { type: 'array' }, NAME: { type: 'string' } },
  };
  write('schema.json', schema);
  writeFileSync(path.join(operator.directory, 'typed.env'), `PORT=5432\nLIST='["a",1]'\nNAME=5\n`);
  const environment = { SECRET_SCHEMA: 'schema.json' };
  expect(await operator.run(['import', 'typed.env'], { environment })).toMatchObject({ code: 0, stderr: '' });
  expect((await liveConfig(scene)).config).toEqual({ PORT: 5432, LIST: ['a', 1], NAME: '5' });
  expect((await operator.run(['export', '-', '--form', 'env'])).stdout).toBe(
    `PORT=5432\nLIST='["a",1]'\nNAME=5\n`,
  );
  writeFileSync(path.join(operator.directory, 'typed.env'), 'PORT=canary\n');
  const wrong = await operator.run(['import', 'typed.env'], { environment });
  expect(wrong.stderr).toMatch(/\/PORT .*got a string[\s\S]*Correct typed\.env and run the command again/);
  expect(wrong.stderr).not.toContain('canary');
});
