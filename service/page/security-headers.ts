import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { styleHash } from './style.ts';

/** What keeps a page of secrets out of caches, frames and other origins. */
export const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': [
    "default-src 'none'",
    'img-src data:',
    `style-src '${styleHash}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

async function securityHeadersPlugin(app: FastifyInstance) {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(securityHeaders);
    done();
  });
}

/** Sends the security headers with every answer. */
export default fp(securityHeadersPlugin, { name: 'security-headers', fastify: '5.x' });
