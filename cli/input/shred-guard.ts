import { shredDirectory } from './shred.ts';

/**
 * A process that shreds a folder as soon as its standard input ends: at the latest when the process that holds the
 * other end dies, however it dies, kill -9 included.
 *
 * Usage: node shred-guard.ts DIRECTORY
 */
const [, , directory] = process.argv;
if (!directory) throw new Error('Usage: shred-guard.ts DIRECTORY');
process.stdin.on('end', () => shredDirectory(directory)).resume();
