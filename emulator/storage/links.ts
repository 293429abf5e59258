import type { FastifyRequest } from 'fastify';
import { localAddressOf } from '../http/loopback.ts';

/**
 * The address that a client reached the local cloud by, for the links in answers: clients follow them, and at some
 * addresses a request without a token is a principal's, at others nobody's. The Host header would not do: behind a
 * proxy it is Google's.
 */
export function linkBase({ socket }: FastifyRequest): string {
  return `http://${localAddressOf(socket)}`;
}
