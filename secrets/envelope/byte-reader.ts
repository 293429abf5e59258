/** Reads as many bytes at a time as are wanted of what comes in pieces of any size. */
export class ByteReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = Buffer.alloc(0);

  /** @param pieces each needs to be valid only until the next is asked for */
  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** Whether nothing is left to be read. */
  async isAtEnd(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#pieces.next();
      if (done) return true;
      this.#rest = value;
    }
    return false;
  }

  /** Fills a buffer, unless the end comes first. @returns how many bytes were read */
  async read(into: Uint8Array): Promise<number> {
    let filled = 0;
    // Not to ask for the end while there is a rest spares a promise for each piece.
    while (filled < into.length && (this.#rest.length > 0 || !(await this.isAtEnd()))) {
      const taken = this.#rest.subarray(0, into.length - filled);
      into.set(taken, filled);
      filled += taken.length;
      this.#rest = this.#rest.subarray(taken.length);
    }
    return filled;
  }

  /** The next bytes, fewer when the end comes first; they are still there to be read. */
  async peek(length: number): Promise<Buffer> {
    const buffer = Buffer.alloc(length);
    const next = buffer.subarray(0, await this.read(buffer));
    this.#rest = Buffer.concat([next, this.#rest]);
    return next;
  }

  /** Everything up to the end. @returns undefined when that is more than so many bytes */
  async readAll(atMost: number): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [];
    let length = 0;
    while (!(await this.isAtEnd())) {
      length += this.#rest.length;
      if (length > atMost) return undefined;
      pieces.push(Buffer.from(this.#rest));
      this.#rest = Buffer.alloc(0);
    }
    return Buffer.concat(pieces);
  }
}
