import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJson } from '../../../secrets/direct/answers.ts';
import { AnswerError } from '../../../secrets/google-failure.ts';

const read = (status: number, body: string, type = 'application/json') => {
  try {
    return readJson({ status, headers: { 'content-type': type }, body: Buffer.from(body) });
  } catch (error) {
    return error;
  }
};
const failureOf = (status: number, body: string, type?: string) =>
  (read(status, body, type) as AnswerError).failure;

describe('an answer', () => {
  it('is its JSON', () => {
    expect(read(200, '{"plaintext": "e30="}')).toEqual({ plaintext: 'e30=' });
  });

  it('that is refused says so in the words of the API, and why', () => {
    const details = [
      { '@type': 'type.googleapis.com/google.rpc.Help' },
      { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'SERVICE_DISABLED' },
    ];
    const body = JSON.stringify({
      error: { code: 400, status: 'FAILED_PRECONDITION', message: 'no', details },
    });
    expect(failureOf(400, body)).toEqual({
      status: 'FAILED_PRECONDITION',
      message: 'no',
      reason: 'SERVICE_DISABLED',
    });
  });

  it('of the XML API says who and what where it can, and the general message otherwise', () => {
    const xml = (inner: string) => `<?xml version='1.0' encoding='UTF-8'?><Error>${inner}</Error>`;
    const message = '<Code>AccessDenied</Code><Message>Access denied.</Message>';
    const details = '<Details>a@b does not have x &amp; &lt;y&gt;</Details>';
    expect(failureOf(403, xml(message + details), 'application/xml').message).toBe(
      'a@b does not have x & <y>',
    );
    expect(failureOf(403, xml(message), 'application/xml; charset=UTF-8')).toEqual({
      status: 'PERMISSION_DENIED',
      message: 'Access denied.',
      reason: 'AccessDenied',
    });
  });

  it('of something in between is told by its status alone', () => {
    expect(failureOf(502, '<html>Bad Gateway</html>', 'text/html')).toMatchObject({
      status: 'UNAVAILABLE',
      message: 'HTTP status 502',
    });
  });

  it('whatever it is, is an object or a failure that quotes no more than the API said', () => {
    const secret = 'Canary-7f3a';
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), fc.string(), fc.boolean(), (status, noise, isAfter) => {
        const got = read(status, isAfter ? noise + secret : secret + noise);
        expect(got).toBeInstanceOf(AnswerError);
        expect((got as AnswerError).stack).not.toContain(secret);
      }),
      { numRuns: 1_000 },
    );
  });
});
