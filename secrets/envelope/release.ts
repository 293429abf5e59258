/**
 * Gives back the memory of bytes that nobody needs any more. The garbage collector would do so, too, but it does not
 * hurry: meanwhile tens of megabytes of chunks pile up. Memory that is shared with other bytes is left alone.
 *
 * @param bytes empty from now on
 */
export function release(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength) buffer.transfer(0);
}

/** Hands chunks on, and releases each when the next one is asked for: for a receiver that is done with it by then. */
export async function* releasing(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    yield chunk;
    release(chunk);
  }
}
