import { createServer } from 'node:http';
import { loadPage } from './calls.ts';

// Node's own server and nothing else: the least time in which Node can show the config.
const page = loadPage();
createServer(async (_request, response) => {
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(await page);
}).listen(Number(process.env.PORT), '127.0.0.1');
