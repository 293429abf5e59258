import { release } from './release.ts';

/** Reads as many bytes at a time as are wanted of what comes in pieces of any size, without copying them. */
export class ByteReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  /** Pieces that are not taken to their end; of the first, so many bytes are. */
  #waiting: Uint8Array[] = [];
  #begin = 0;
  /** Bytes that wait. */
  #length = 0;
  /** Pieces that were taken to their end. */
  #taken: Uint8Array[] = [];

  /** @param pieces each is the reader's own */
  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** Whether nothing is left to be taken. */
  async isAtEnd(): Promise<boolean> {
    if (this.#length === 0) await this.#fill(1);
    return this.#length === 0;
  }

  /** The next bytes in pieces, fewer when the end comes first. They are gone when the next ones are asked for. */
  async take(length: number): Promise<Uint8Array[]> {
    for (const piece of this.#taken) release(piece);
    this.#taken = [];
    if (this.#length < length) await this.#fill(length);
    const parts: Uint8Array[] = [];
    for (let wanted = Math.min(length, this.#length); wanted > 0; ) {
      const piece = this.#waiting[0] as Uint8Array;
      const part = piece.subarray(this.#begin, this.#begin + wanted);
      parts.push(part);
      wanted -= part.length;
      this.#length -= part.length;
      this.#begin += part.length;
      if (this.#begin < piece.length) break;
      this.#taken.push(piece);
      this.#waiting.shift();
      this.#begin = 0;
    }
    return parts;
  }

  /** The next bytes, fewer when the end comes first; they are still there to be taken. */
  async peek(length: number): Promise<Buffer> {
    await this.#fill(length);
    return Buffer.concat(this.#waiting).subarray(this.#begin, this.#begin + length);
  }

  /** Everything up to the end. @returns undefined when that is more than so many bytes */
  async readAll(atMost: number): Promise<Buffer | undefined> {
    await this.#fill(atMost + 1);
    return this.#length > atMost ? undefined : Buffer.concat(await this.take(this.#length));
  }

  async #fill(length: number): Promise<void> {
    while (this.#length < length) {
      const { done, value } = await this.#pieces.next();
      if (done) return;
      if (value.length === 0) continue;
      this.#waiting.push(value);
      this.#length += value.length;
    }
  }
}
