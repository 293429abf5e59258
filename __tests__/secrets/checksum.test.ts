import { crc32c as castagnoli } from '@aws-crypto/crc32c';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32c, crc32cBase64 } from '../../secrets/checksum.ts';

describe('CRC32C', () => {
  it('has the check value of Castagnoli, not that of zip', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  });

  it('matches the vectors of RFC 3720 B.4', () => {
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
    expect(crc32c(Buffer.from(Array.from({ length: 32 }, (_, index) => index)))).toBe(0x46dd794e);
  });

  it('is that of another implementation, wherever the bytes begin and end', () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(bytes, fc.nat({ max: 20 }), (all, start) => {
        const part = all.subarray(start);
        expect(crc32c(part)).toBe(castagnoli(part) >>> 0);
      }),
      { numRuns: 1000 },
    );
  });

  it('is base64 of the big-endian bytes for Cloud Storage', () => {
    expect(crc32cBase64(Buffer.from('123456789'))).toBe('4waSgw==');
    expect(crc32cBase64(Buffer.alloc(0))).toBe('AAAAAA==');
  });
});
