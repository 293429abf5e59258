import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type MetadataServer, metadataServer } from '../../../secrets/direct/credentials.ts';
import { PermissionDeniedError, type SecretError, UnavailableError } from '../../../secrets/errors.ts';
import { callGoogle } from '../../../secrets/google-errors.ts';

/** What a metadata server answers to one path. */
interface Answer {
  readonly status?: number;
  readonly body: string;
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A metadata server that answers in turn, the last answer for ever. */
async function serverThatAnswers(...answers: readonly Answer[]) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    if (request.headers['metadata-flavor'] !== 'Google') return response.writeHead(403).end();
    const { status = 200, body } = answers[Math.min(asked.length, answers.length - 1)] ?? { body: '' };
    asked.push(request.url ?? '');
    return response.writeHead(status).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return { asked, metadata: metadataServer(`127.0.0.1:${(server.address() as AddressInfo).port}`) };
}

const token = (value: string, seconds: number): Answer => ({
  body: JSON.stringify({ access_token: value, expires_in: seconds, token_type: 'Bearer' }),
});

/** The failure of a call that needs the token, as callers see it. */
async function failureOf(metadata: MetadataServer): Promise<Error> {
  const call = { permission: 'storage.objects.get', bucket: 'b', object: 'o' } as const;
  return callGoogle(
    call,
    async () => undefined,
    () => metadata.accessToken(),
  ).then(
    () => new Error('it did not fail'),
    (error: Error) => error,
  );
}

describe('the token of the metadata server', () => {
  it('is asked for once, by all who need it at the same time, too', async () => {
    const { asked, metadata } = await serverThatAnswers(token('first', 3600), token('second', 3600));
    const tokens = await Promise.all([metadata.accessToken(), metadata.accessToken()]);
    expect([...tokens, await metadata.accessToken()]).toEqual(['first', 'first', 'first']);
    expect(asked).toEqual(['/computeMetadata/v1/instance/service-accounts/default/token']);
  });

  it('is renewed before it ends, and when it was forgotten', async () => {
    const { metadata } = await serverThatAnswers(token('old', 200), token('new', 3600), token('newer', 3600));
    expect(await metadata.accessToken()).toBe('old');
    expect(await metadata.accessToken()).toBe('new');
    metadata.forget();
    expect(await metadata.accessToken()).toBe('newer');
  });

  it('is asked for again after a failure', async () => {
    const { metadata } = await serverThatAnswers({ status: 503, body: '' }, token('late', 3600));
    expect(await failureOf(metadata)).toBeInstanceOf(UnavailableError);
    expect(await metadata.accessToken()).toBe('late');
  });

  it.each<[string, Answer, abstract new (...given: never[]) => Error]>([
    ['500', { status: 500, body: 'Canary-7f3a' }, UnavailableError],
    ['429', { status: 429, body: 'Canary-7f3a' }, UnavailableError],
    ['404: no service account', { status: 404, body: 'Canary-7f3a' }, UnavailableError],
    ['403', { status: 403, body: 'Canary-7f3a' }, UnavailableError],
    ['no JSON', { body: 'Canary-7f3a' }, UnavailableError],
    ['no token', { body: '{"expires_in": 3600, "other": "Canary-7f3a"}' }, UnavailableError],
    ['no time', { body: '{"access_token": "Canary-7f3a"}' }, UnavailableError],
    ['far too long', { body: 'Canary-7f3a'.repeat(10_000) }, UnavailableError],
  ])('that cannot be had is an error without what was answered: %s', async (_name, answer, expected) => {
    const { metadata } = await serverThatAnswers(answer);
    const failure = await failureOf(metadata);
    expect(failure).toBeInstanceOf(expected);
    expect([failure.message, String(failure.cause), failure.stack].join()).not.toContain('Canary');
  });
});

describe('the rest of the metadata', () => {
  it('is the email, asked for once', async () => {
    const { asked, metadata } = await serverThatAnswers({ body: 'svc@p.iam.gserviceaccount.com\n' });
    expect([await metadata.email(), await metadata.email()]).toEqual(
      Array(2).fill('svc@p.iam.gserviceaccount.com'),
    );
    expect(asked).toHaveLength(1);
  });

  it('is a custom attribute, or none', async () => {
    const { asked, metadata } = await serverThatAnswers({ body: 'value\n' }, { status: 404, body: 'no' });
    expect(await metadata.attribute('a b')).toBe('value');
    expect(await metadata.attribute('a b')).toBeUndefined();
    expect(asked[0]).toBe('/computeMetadata/v1/instance/attributes/a%20b');
  });
});

describe('on GKE', () => {
  it('a Pod that may not act as its service account yet lacks a permission, which may still arrive', async () => {
    const body =
      "Unable to generate access token; IAM returned 403 Forbidden: Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).\nThis error could be caused by a missing IAM policy binding on the target IAM service account.\n";
    const { metadata } = await serverThatAnswers({ status: 403, body });
    const failure = await failureOf(metadata);
    expect(failure).toBeInstanceOf(PermissionDeniedError);
    expect(failure).toMatchObject({
      retryable: true,
      permission: 'iam.serviceAccounts.getAccessToken',
      principal: "the Pod's Kubernetes service account",
    });
    expect((failure as SecretError).fix).toContain('--role=roles/iam.workloadIdentityUser');
  });
});
