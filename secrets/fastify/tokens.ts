import type { JWTPayload } from 'jose';
import type { Callers } from '../../service/config.ts';

/** Who issues identity tokens. */
export interface TokenIssuer {
  /** What tokens may name as their issuer. */
  readonly names: readonly string[];
  /** Address of the keys that they are signed with (RFC 7517). */
  readonly certificates: string;
}

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
