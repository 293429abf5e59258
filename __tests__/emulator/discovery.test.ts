import { expect, it } from 'vitest';
import { readMethods } from '../../emulator/discovery/documents.ts';
import { localCloud } from './support.ts';

const context = localCloud();

const METHODS = [...readMethods()].map(([key, { id }]) => {
  const [httpMethod = '', shape = ''] = key.split(' ');
  return { id, httpMethod, path: shape.replaceAll('{}', 'x1') };
});

it.each(METHODS)('$id is served, and its names are checked', async ({ httpMethod, path }) => {
  const { status, body } = await context.call(httpMethod, `${path}?notAParameter=1`, { as: null });
  expect(body.error.message).toContain('Unknown name "notAParameter"');
  expect(status).toBe(400);
});
