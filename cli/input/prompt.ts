import { Transform } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';
import { CommandError } from '../errors.ts';
import type { Io } from '../io.ts';

/** A terminal that was asked to says where a paste begins and ends (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html). */
const PASTE_BEGIN = '\u001b[200~';
const PASTE_END = '\u001b[201~';
const TELL_PASTES = '\u001b[?2004h';
const TELL_NO_PASTES = '\u001b[?2004l';

/** Stands for the end of a paste; nobody types it. */
const END = '\uE000';

/** The lines of a paste come one right after the other, unlike what is typed. */
const PASTE_PAUSE_MILLISECONDS = 150;

/**
 * Asks for a value on the terminal without showing it. A pasted block of several lines is refused as a whole: none of
 * it is taken, and none is left for the shell.
 *
 * @param message what is asked for
 * @param onBlock words what to do with a block of several lines
 * @throws CommandError for a block, and when Ctrl-C was typed
 */
export async function askSecret(io: Io, message: string, onBlock: () => string): Promise<string> {
  return ask(io, onBlock, async (context) => {
    const { password } = await import('@inquirer/prompts');
    return password({ message, toggleMask: false }, context);
  });
}

/**
 * Asks a question.
 * @param otherwise the answer where none is typed
 * @throws CommandError when Ctrl-C was typed
 */
export async function askToConfirm(io: Io, message: string, otherwise = false): Promise<boolean> {
  return ask(
    io,
    () => 'Type y or n.',
    async (context) => {
      const { confirm } = await import('@inquirer/prompts');
      return confirm({ message, default: otherwise }, context);
    },
  );
}

/** Asks for a text, and shows it as it is typed. @throws CommandError when Ctrl-C was typed */
export async function askText(io: Io, message: string): Promise<string> {
  return ask(
    io,
    () => 'Type one line.',
    async (context) => {
      const { input } = await import('@inquirer/prompts');
      return input({ message }, context);
    },
  );
}

type Context = { input: NodeJS.ReadableStream; output: NodeJS.WritableStream; signal: AbortSignal };

async function ask<Answer>(
  io: Io,
  onBlock: () => string,
  prompt: (context: Context) => Promise<Answer>,
): Promise<Answer> {
  const { stdin, stderr } = io;
  const input = new PasteFilter();
  // First, so that nothing is shown of what is typed, or pasted, before the prompt appears.
  setRawMode(io, true);
  stderr.write(TELL_PASTES);
  stdin.pipe(input);
  try {
    const answer = await prompt({ input, output: stderr, signal: input.refusal });
    input.resume();
    await delay(PASTE_PAUSE_MILLISECONDS);
    input.refusal.throwIfAborted();
    return answer;
  } catch (error) {
    if (input.refusal.aborted) {
      await quiet(input);
      throw new CommandError(onBlock());
    }
    if ((error as Error).name === 'ExitPromptError') throw new CommandError('Nothing was changed.');
    throw error;
  } finally {
    stdin.unpipe(input);
    stdin.pause();
    stderr.write(TELL_NO_PASTES);
    setRawMode(io, false);
  }
}

/** Waits until nothing comes any more, so that the rest of a paste does not become a command of the shell. */
async function quiet(input: PasteFilter): Promise<void> {
  input.resume();
  for (let seen = -1; seen !== input.bytes; ) {
    seen = input.bytes;
    await delay(PASTE_PAUSE_MILLISECONDS);
  }
}

function setRawMode({ stdin }: Io, isRaw: boolean): void {
  (stdin as Partial<NodeJS.ReadStream>).setRawMode?.(isRaw);
}

/** Passes on what is typed; refuses what holds a line break before its end, which nobody types at once. */
class PasteFilter extends Transform {
  readonly isTTY = true;
  /** How much has come. */
  bytes = 0;
  readonly #refusing = new AbortController();
  readonly #decoder = new StringDecoder('utf8');
  #held = '';
  /** Whether Enter has come, after which nothing belongs to the answer. */
  #isEntered = false;

  constructor() {
    super({ decodeStrings: false, encoding: 'utf8' });
  }

  /** Aborted by a block of several lines. */
  get refusal(): AbortSignal {
    return this.#refusing.signal;
  }

  /** The terminal stays as it is when the prompt ends: what comes after Enter is not to be shown either. */
  setRawMode(): this {
    return this;
  }

  override _transform(chunk: Buffer | string, _: BufferEncoding, done: () => void): void {
    this.bytes += chunk.length;
    this.#held += typeof chunk === 'string' ? chunk : this.#decoder.write(chunk);
    // The end of a paste, or of the sequence that says so, is still to come.
    const isOpen =
      this.#held.lastIndexOf(PASTE_BEGIN) > this.#held.lastIndexOf(PASTE_END) ||
      [PASTE_BEGIN, PASTE_END].some((sequence) => endsWithin(this.#held, sequence));
    const text = this.#held.replaceAll(PASTE_BEGIN, '').replaceAll(PASTE_END, END);
    const typed = text.replace(/[\r\n]+\uE000/g, '');
    const isBlock = /[\r\n]+[^\r\n]/.test(typed) || (this.#isEntered && /[^\r\n]/.test(typed));
    if (!isOpen) this.#isEntered ||= /[\r\n]$/.test(typed);
    if (isBlock) this.#refusing.abort();
    if (!isOpen || isBlock) {
      // A line break at the end of a paste does not end the input: who pasted looks at it first.
      if (!isBlock) this.push(text.replace(/[\r\n]*\uE000/g, ''));
      this.#held = '';
    }
    done();
  }
}

/** Whether a text ends with the beginning of a sequence. */
function endsWithin(text: string, sequence: string): boolean {
  for (let length = 1; length < sequence.length; length += 1) {
    if (text.endsWith(sequence.slice(0, length))) return true;
  }
  return false;
}
