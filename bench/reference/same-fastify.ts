import { readFileSync } from 'node:fs';
import fastify from 'fastify';

// Fastify that answers every request with the bytes and headers of the file in ANSWER, and does nothing else.
const { headers, body } = JSON.parse(readFileSync(process.env.ANSWER ?? '', 'utf8'));
const bytes = Buffer.from(body);
const app = fastify();
app.get('/', async (_request, reply) => {
  reply.headers(headers);
  return bytes;
});
app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
