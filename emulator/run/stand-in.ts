import type { LocalImage } from './images.ts';

const CODE = `require('node:http').createServer((_, response) => response.end('stand-in of the local cloud\\n')).listen(process.env.PORT, '127.0.0.1')`;

/** A container in the place of an image of which nobody said what it holds: it answers 200 to everything. */
export const STAND_IN: LocalImage = { command: [process.execPath, '-e', CODE] };
