import type { IncomingMessage } from 'node:http';
import type { JWTPayload } from 'jose';
import type { Callers } from '../live/environment.ts';
import type { TokenIssuer } from '../live/google.ts';

/**
 * Tells whose identity token it is.
 *
 * @returns the email that Google has verified; undefined for any token that is not a valid one for this service
 * @throws Error when the issuer's keys cannot be had
 */
export type VerifyToken = (token: string) => Promise<string | undefined>;

// What Cloud Run puts in the place of the signature of a token that it has checked.
const removedSignature = 'SIGNATURE_REMOVED_BY_GOOGLE';
const clockToleranceSeconds = 30;

/**
 * Verifies OpenID Connect identity tokens as Google issues them to people, service accounts and Pub/Sub: signature,
 * issuer, audience, time, and that the email is verified
 * (https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions#validate_tokens). jose is imported here, as
 * the default service needs no tokens.
 */
export async function tokenVerifier(callers: Callers, issuer: TokenIssuer): Promise<VerifyToken> {
  const { createRemoteJWKSet, decodeJwt, errors, jwtVerify } = await import('jose');
  const keys = createRemoteJWKSet(new URL(issuer.certificates));
  const { audience, invokerRequired } = callers;
  const expected = { issuer: [...issuer.names], audience, clockTolerance: clockToleranceSeconds };
  const isRefusal = (error: unknown) =>
    error instanceof errors.JOSEError &&
    !(error instanceof errors.JWKSTimeout || error.code === 'ERR_JOSE_GENERIC');
  return async (token) => {
    try {
      if (invokerRequired && token.endsWith(`.${removedSignature}`)) {
        const claims = decodeJwt(token);
        return hasClaims(claims, callers, issuer) ? verifiedEmail(claims) : undefined;
      }
      const { payload } = await jwtVerify(token, keys, {
        ...expected,
        algorithms: ['RS256'],
        requiredClaims: ['exp', 'email'],
      });
      return verifiedEmail(payload);
    } catch (error) {
      if (isRefusal(error)) return undefined;
      throw error;
    }
  };
}

/** Cloud Run has checked these too, but for another service's URL when that is one of its audiences. */
function hasClaims(
  { iss, aud, exp = 0 }: JWTPayload,
  { audience }: Callers,
  { names }: TokenIssuer,
): boolean {
  const isInTime = exp + clockToleranceSeconds > Date.now() / 1000;
  return iss !== undefined && names.includes(iss) && [aud].flat().includes(audience) && isInTime;
}

function verifiedEmail({ email, email_verified: isVerified }: JWTPayload): string | undefined {
  return typeof email === 'string' && isVerified === true ? email : undefined;
}

/**
 * The token of a request, from the header that Cloud Run has checked: X-Serverless-Authorization, where there is one,
 * since it passes Authorization on as it came then (https://cloud.google.com/run/docs/authenticating/service-to-service).
 *
 * @param invokerRequired whether Cloud Run checks at all
 * @returns undefined without a token, and with two of which nobody knows which one was checked
 */
export function bearerToken(
  request: Pick<IncomingMessage, 'headers'> & Partial<Pick<IncomingMessage, 'headersDistinct'>>,
  invokerRequired: boolean,
): string | undefined {
  // An injected request has no distinct headers.
  const valuesOf = (name: string) => request.headersDistinct?.[name] ?? [request.headers[name] ?? []].flat();
  const serverless = valuesOf('x-serverless-authorization');
  const values = invokerRequired && serverless.length > 0 ? serverless : valuesOf('authorization');
  return values.length === 1 ? /^bearer (\S+)$/i.exec(values[0] ?? '')?.[1] : undefined;
}
