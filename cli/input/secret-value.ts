import { text } from 'node:stream/consumers';
import { CommandError } from '../errors.ts';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const BACKSPACES = ['\u0008', '\u007f'];

/**
 * A secret value: what standard input has up to its end, less one line break there; on a terminal, what is typed up to
 * Enter, which is not shown.
 *
 * @param name what is asked for
 * @throws CommandError when nothing came, or Ctrl-C was typed
 */
export async function readSecretValue(name: string): Promise<string> {
  const { stdin } = process;
  const value = stdin.isTTY ? await promptWithoutEcho(name) : (await text(stdin)).replace(/\r?\n$/, '');
  if (value !== '') return value;
  throw new CommandError(
    `No value for ${name} came: type it at the prompt, or pipe it in, such as cloud-run-identity set ${name} < file.`,
  );
}

async function promptWithoutEcho(name: string): Promise<string> {
  const { stdin, stderr } = process;
  // First, so that nothing is shown of what is typed, or pasted, as soon as the prompt appears.
  stdin.setRawMode(true).setEncoding('utf8');
  stderr.write(`New value of ${name} (it is not shown): `);
  try {
    let value = '';
    for await (const typed of stdin) {
      for (const character of String(typed)) {
        if (character === '\r' || character === '\n' || character === CTRL_D) return value;
        if (character === CTRL_C) throw new CommandError('Nothing was changed.');
        value = BACKSPACES.includes(character) ? [...value].slice(0, -1).join('') : value + character;
      }
    }
    return value;
  } finally {
    stdin.setRawMode(false);
    stderr.write('\n');
  }
}
