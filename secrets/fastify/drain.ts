import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

async function drainPlugin(app: FastifyInstance) {
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (isClosing) reply.header('connection', 'close');
    done(null, payload);
  });
}

/**
 * Lets `app.close()` end with the last request in flight. Node closes the connections that are idle when
 * closing begins; one that becomes idle later would be kept alive, and closing would wait for its client.
 */
export default fp(drainPlugin, { name: 'drain', fastify: '5.x' });
