/**
 * An entity tag as Cloud Storage makes them: base64 of a protocol buffer message whose fields 1, 2, … are the numbers.
 * A bucket's holds its metageneration, an object's its generation and metageneration.
 */
export function etagOf(...numbers: readonly number[]): string {
  const bytes = numbers.flatMap((number, index) => [((index + 1) << 3) | 0, ...varint(number)]);
  return Buffer.from(bytes).toString('base64');
}

function varint(number: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt(number);
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return [...bytes, Number(rest)];
}
