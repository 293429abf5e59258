import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../../emulator/run/free-port.ts';
import { baseImages } from '../../scripts/image/base-images.ts';
import { projectDirectory, temporaryDirectory } from '../cli/support/project.ts';

const dockerfile = path.join(projectDirectory, 'service', 'Dockerfile');
const digest = (digit: string) => `sha256:${digit.repeat(64)}`;

describe('the Dockerfile', () => {
  test('names base images by digest only, with the tag beside it', async () => {
    const text = await readFile(dockerfile, 'utf8');
    const bases = baseImages(text);
    expect(bases.map(({ tag }) => tag)).toEqual([
      'node:24-bookworm-slim',
      'gcr.io/distroless/nodejs24-debian12:nonroot',
    ]);
    const used = Array.from(text.matchAll(/^FROM (\S+)/gm), ([, from]) => from);
    expect(used.length).toBeGreaterThan(1);
    for (const from of used) expect(bases.map(({ argument }) => `\${${argument}}`)).toContain(from);
    for (const { tag, pinned } of bases) expect(pinned.split('@')[0]).toBe(tag.replace(/:[^:]*$/, ''));
  });

  test('ends as another user than root, without a shell in between', async () => {
    const final = (await readFile(dockerfile, 'utf8')).split(/^FROM /m).at(-1) ?? '';
    expect(final).toMatch(/^USER 65532:65532$/m);
    expect(final).toMatch(/^ENTRYPOINT \["/m);
    expect(final).not.toMatch(/^(?:RUN|ADD|CMD)/m);
  });
});

describe('pin-base-images', () => {
  let registry: Awaited<ReturnType<typeof startRegistry>>;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let file: string;

  beforeAll(async () => {
    registry = await startRegistry(new Map([['/v2/some/image/manifests/1-slim', digest('b')]]));
  });

  afterAll(() => registry?.close());

  beforeEach(async () => {
    directory = await temporaryDirectory();
    file = path.join(directory.path, 'Dockerfile');
  });

  afterEach(() => directory.remove());

  const pin = () =>
    promisify(execFile)(process.execPath, [
      path.join(projectDirectory, 'scripts', 'pin-base-images.ts'),
      file,
    ]);
  const write = (host: string, tag = '1-slim') =>
    writeFile(
      file,
      `# ${host}/some/image:${tag}\nARG BASE=${host}/some/image@${digest('a')}\nFROM \${BASE}\n`,
    );

  test('moves a pin to what the tag names today', async () => {
    await write(registry.host);
    await pin();
    const { host } = registry;
    expect(await readFile(file, 'utf8')).toBe(
      `# ${host}/some/image:1-slim\nARG BASE=${host}/some/image@${digest('b')}\nFROM \${BASE}\n`,
    );
  });

  test.each([
    ['a tag that is not there', async () => [registry.host, 'gone'] as const],
    ['a registry that does not answer', async () => [`127.0.0.1:${await freePort()}`, '1-slim'] as const],
  ])('says what to do about %s, and leaves the file as it was', async (_, target) => {
    const [host, tag] = await target();
    await write(host, tag);
    const before = await readFile(file, 'utf8');
    const message = `The digest of ${host}/some/image:${tag} cannot be had`;
    await expect(pin()).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining(message) });
    expect(await readFile(file, 'utf8')).toBe(before);
  });
});

/** A registry that gives everybody a token and wants it back. @param digests by the manifest's path */
async function startRegistry(digests: ReadonlyMap<string, string>) {
  const server = createServer(({ url = '', headers, method }, response) => {
    if (url.startsWith('/token?')) {
      const query = new URL(url, 'http://registry').searchParams;
      return response.end(JSON.stringify({ token: `${query.get('service')} ${query.get('scope')}` }));
    }
    const found = digests.get(url);
    if (headers.authorization !== 'Bearer test repository:some/image:pull') {
      const realm = `http://${headers.host}/token`;
      const challenge = `Bearer realm="${realm}",service="test",scope="repository:some/image:pull"`;
      return response.writeHead(401, { 'www-authenticate': challenge }).end();
    }
    if (!found || method !== 'HEAD') return response.writeHead(404).end();
    response.writeHead(200, { 'docker-content-digest': found }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, close: () => server.close() };
}
