/** Cuts bytes into slices of one size, of which the last may be shorter; of no bytes there is one slice, too. */
export function* slices(bytes: Uint8Array, size: number): Generator<{ bytes: Uint8Array; isLast: boolean }> {
  for (let start = 0, isLast = false; !isLast; start += size) {
    isLast = start + size >= bytes.length;
    yield { bytes: bytes.subarray(start, start + size), isLast };
  }
}
