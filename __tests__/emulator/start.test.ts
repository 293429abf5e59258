import { execFile } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const cloud = pathToFileURL(path.resolve(import.meta.dirname, '../../emulator/cloud.ts')).href;

/** Starts a local cloud in a process of its own and prints what has been loaded when it listens. */
const program = `
  const { registerHooks } = await import('node:module');
  const loaded = [];
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      loaded.push(found.url);
      return found;
    },
  });
  const { startLocalCloud } = await import(${JSON.stringify(cloud)});
  const cloud = await startLocalCloud({ projectId: 'demo-project' });
  console.log(JSON.stringify([...loaded, ...process.moduleLoadList]));
  await cloud.close();
`;

it('starts without what takes long to load and most runs never need', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  const loaded = JSON.parse(stdout) as string[];
  expect(loaded.filter((module) => /fastify\/fastify\.js$/.test(module))).not.toEqual([]);
  expect(
    loaded.filter((module) => /\/ajv\/|\/fast-json-stringify\/index|\/jose\/|undici\/undici/.test(module)),
  ).toEqual([]);
});
