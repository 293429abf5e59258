import type { FastifyInstance } from 'fastify';
import { GoogleApiError } from './errors.ts';

/**
 * Refuses names in a path that could be taken for another path: with an encoded slash, `.` and `..`, control
 * characters. A resource's name is put together from them, and access is decided by that name.
 * @param isFree which paths name things that may hold a slash, and check it themselves
 */
export function addPathNameCheck(app: FastifyInstance, isFree: (url: string) => boolean): void {
  app.addHook('onRequest', async (request) => {
    if (isFree(request.url)) return;
    // What a wildcard stands for has slashes by nature.
    const { '*': _, ...names } = (request.params ?? {}) as Record<string, string>;
    for (const name of Object.values(names)) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      if (/[/\\\u0000-\u001f\u007f]/.test(name) || name === '.' || name === '..') {
        throw new GoogleApiError(
          'INVALID_ARGUMENT',
          `Invalid resource name in the path: ${JSON.stringify(name)}.`,
        );
      }
    }
  });
}
