import fastify from 'fastify';
import { loadPage } from './calls.ts';

// The same with Fastify, as it is when nothing is set.
const page = loadPage();
const app = fastify();
app.get('/', async (_request, reply) => {
  reply.type('text/html; charset=utf-8');
  return page;
});
app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
