import type { FastifyBaseLogger } from 'fastify';
import { expect, test } from 'vitest';
import { RequestLogger } from '../../../secrets/fastify/request-logger.ts';

const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

function observed() {
  const lines: unknown[][] = [];
  let made = 0;
  const log =
    (level: string) =>
    (...line: unknown[]) =>
      void lines.push([level, ...line]);
  const real = {
    ...Object.fromEntries(levels.map((level) => [level, log(level)])),
    level: 'info',
    child: (bindings: object) => ({ bindings }),
  } as unknown as FastifyBaseLogger;
  const logger = new RequestLogger(() => {
    made += 1;
    return real;
  });
  return { logger, lines, real, made: () => made };
}

test('nothing is made for a request that logs nothing, and one logger for all lines of one that does', () => {
  const { logger, lines, made } = observed();
  expect(made()).toBe(0);
  for (const level of levels) logger[level]({ field: 1 }, 'message %s', 'x');
  expect(lines).toEqual(levels.map((level) => [level, { field: 1 }, 'message %s', 'x']));
  expect(made()).toBe(1);
});

test('level and children are those of the real logger', () => {
  const { logger, real } = observed();
  logger.level = 'debug';
  expect([logger.level, real.level]).toEqual(['debug', 'debug']);
  expect(logger.child({ a: 1 })).toEqual({ bindings: { a: 1 } });
});
