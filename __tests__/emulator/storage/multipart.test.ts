import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMultipart } from '../../../emulator/storage/multipart.ts';

const boundaries = fc.stringMatching(/^[A-Za-z0-9'()+_,./:=?-]{1,70}$/);

function multipart(boundary: string, metadata: object, media: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from(`--${boundary}\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(metadata)}\r\n`),
    Buffer.from(`--${boundary}\r\nContent-Type: text/x-test\r\n\r\n`),
    media,
    Buffer.from(`\r\n--${boundary}--`),
  ]);
}

describe('the multipart parser', () => {
  it('gives back any bytes as they were', () => {
    fc.assert(
      fc.property(boundaries, fc.uint8Array({ maxLength: 2000 }), (boundary, bytes) => {
        fc.pre(!Buffer.from(bytes).includes(`--${boundary}`));
        const type = `multipart/related; boundary="${boundary}"`;
        const parsed = parseMultipart(type, multipart(boundary, { name: 'o' }, bytes));
        expect(parsed.metadata).toBe('{"name":"o"}');
        expect(parsed.mediaType).toBe('text/x-test');
        expect(Buffer.compare(parsed.media, bytes)).toBe(0);
      }),
    );
  });

  it('takes what gcloud and gsutil write: lines that end in LF, the boundary in single quotes', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^=+[0-9]{10,20}==$/),
        fc.uint8Array({ maxLength: 2000 }),
        (boundary, bytes) => {
          fc.pre(!Buffer.from(bytes).includes(`--${boundary}`));
          const body = Buffer.concat([
            Buffer.from(
              `--${boundary}\nContent-Type: application/json\n\n{}\n--${boundary}\nContent-Type: a/b\n\n`,
            ),
            bytes,
            Buffer.from(`\n--${boundary}--\n`),
          ]);
          const parsed = parseMultipart(`multipart/related; boundary='${boundary}'`, body);
          expect(parsed).toMatchObject({ metadata: '{}', mediaType: 'a/b' });
          expect(Buffer.compare(parsed.media, bytes)).toBe(0);
        },
      ),
    );
  });

  it('takes for a delimiter only a line that is one: the boundary may be in the bytes', () => {
    const around = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(boundaries, around, around, (boundary, before, after) => {
        for (const inside of [
          `--${boundary}`,
          `x--${boundary}--`,
          `\r\n--${boundary}x`,
          `\n--${boundary}\r\n`,
        ]) {
          const bytes = Buffer.concat([
            before,
            Buffer.from('_'),
            Buffer.from(inside),
            Buffer.from('_'),
            after,
          ]);
          const parsed = parseMultipart(
            `multipart/related; boundary="${boundary}"`,
            multipart(boundary, {}, bytes),
          );
          expect(parsed.media.equals(bytes)).toBe(true);
        }
      }),
    );
  });

  it.each([
    ['no boundary', 'multipart/related', '--b\r\n\r\n{}\r\n--b\r\n\r\nx\r\n--b--'],
    ['no end', 'multipart/related; boundary=b', '--b\r\n\r\n{}\r\n--b\r\n\r\nx'],
    ['one part', 'multipart/related; boundary=b', '--b\r\n\r\n{}\r\n--b--'],
    [
      'three parts',
      'multipart/related; boundary=b',
      '--b\r\n\r\n{}\r\n--b\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--',
    ],
    ['nothing', 'multipart/related; boundary=b', ''],
  ])('refuses a body with %s', (_what, type, body) => {
    expect(() => parseMultipart(type, Buffer.from(body))).toThrow('Malformed multipart body');
  });
});
