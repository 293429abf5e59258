import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

// Node's own server with the same bytes and headers: what the generator of the load can measure at most.
const { headers, body } = JSON.parse(readFileSync(process.env.ANSWER ?? '', 'utf8'));
const bytes = Buffer.from(body);
createServer((_request, response) => {
  response.writeHead(200, { ...headers, 'content-length': bytes.length });
  response.end(bytes);
}).listen(Number(process.env.PORT), '127.0.0.1');
