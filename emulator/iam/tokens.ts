import { createHmac, createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto';
import type { GenerateKeyPairResult, JWK } from 'jose';
import type { Persistent } from '../persistence.ts';
import { emailOf, type Principal } from './principal.ts';

/** Why a bearer token was not accepted. */
export type TokenFault = 'invalid' | 'expired';

/** What an access token is asked to stand for. */
export interface AccessTokenOptions {
  /**
   * How long the token is valid.
   * @default 3600, Google's
   */
  readonly lifetimeSeconds?: number;
}

interface Claims {
  readonly sub: string;
  readonly uid?: string;
  readonly sets?: readonly string[];
  readonly exp: number;
}

/** The OAuth client of gcloud, which people's identity tokens are for that it gets. */
export const GCLOUD_CLIENT = '32555940559.apps.googleusercontent.com';

/** Issues and reads the local cloud's tokens: opaque access tokens, and OpenID Connect identity tokens (RS256). */
export class Tokens implements Persistent {
  /** A key object: with the bytes, Node takes five times as long for a signature. */
  #secret = createSecretKey(randomBytes(32));
  readonly #now: () => Date;
  readonly #issuer: () => string;
  #keys: Promise<GenerateKeyPairResult> | undefined;

  /**
   * @param now the clock
   * @param issuer the `iss` of identity tokens, asked when one is made: the address of the local cloud
   */
  constructor(now: () => Date, issuer: () => string) {
    this.#now = now;
    this.#issuer = issuer;
  }

  /** An access token for a principal, to be sent as `Authorization: Bearer …`. */
  accessToken(principal: Principal, { lifetimeSeconds = 3600 }: AccessTokenOptions = {}): string {
    const exp = this.#now().getTime() / 1000 + lifetimeSeconds;
    const { member = '', uid, sets } = principal;
    const claims: Claims = { sub: member, ...(uid && { uid }), ...(sets && { sets }), exp };
    const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
    return `ya29.${payload}.${this.#sign(payload)}`;
  }

  /** The principal of an access token, or what is wrong with the token. */
  principalOf(token: string): Principal | TokenFault {
    const [prefix, payload, signature, ...rest] = token.split('.');
    if (prefix !== 'ya29' || !payload || !signature || rest.length > 0) return 'invalid';
    const expected = Buffer.from(this.#sign(payload));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'invalid';
    const { sub, uid, sets, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims;
    if (exp * 1000 <= this.#now().getTime()) return 'expired';
    return { member: sub, ...(uid && { uid }), ...(sets && { sets }) };
  }

  /** An identity token (a signed JWT) for a principal and an audience, valid for one hour. */
  async identityToken(principal: Principal, audience: string): Promise<string> {
    const [{ SignJWT }, { privateKey }] = await Promise.all([jose(), this.#keyPair()]);
    const issuedAt = Math.floor(this.#now().getTime() / 1000);
    const email = emailOf(principal);
    return new SignJWT({ email, email_verified: true, member: principal.member, uid: principal.uid })
      .setProtectedHeader({ alg: 'RS256', kid: 'local', typ: 'JWT' })
      .setIssuer(this.#issuer())
      .setSubject(principal.uid ?? email)
      .setAudience(audience)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + 3600)
      .sign(privateKey);
  }

  /** The principal of an identity token made for one of the audiences, or what is wrong with the token. */
  async principalOfIdentityToken(
    token: string,
    audiences: readonly string[],
  ): Promise<Principal | TokenFault> {
    const [{ jwtVerify }, { publicKey }] = await Promise.all([jose(), this.#keyPair()]);
    try {
      const options = { issuer: this.#issuer(), audience: [...audiences], currentDate: this.#now() };
      const { payload } = await jwtVerify<{ member: string; uid?: string }>(token, publicKey, options);
      return { member: payload.member, ...(payload.uid && { uid: payload.uid }) };
    } catch (error) {
      return (error as { code?: string }).code === 'ERR_JWT_EXPIRED' ? 'expired' : 'invalid';
    }
  }

  /** The public keys that verify identity tokens (RFC 7517). */
  async certificates(): Promise<{ keys: JWK[] }> {
    const [{ exportJWK }, { publicKey }] = await Promise.all([jose(), this.#keyPair()]);
    return { keys: [{ ...(await exportJWK(publicKey)), kid: 'local', alg: 'RS256', use: 'sig' }] };
  }

  /** What access tokens are signed with: tokens that were issued before a restart stay valid. */
  save(): Buffer {
    return this.#secret.export();
  }

  /** Takes back what `save` gave. */
  load(secret: Buffer): void {
    this.#secret = createSecretKey(secret);
  }

  #keyPair() {
    this.#keys ??= jose().then(({ generateKeyPair }) => generateKeyPair('RS256'));
    return this.#keys;
  }

  #sign(payload: string): string {
    return createHmac('sha256', this.#secret).update(payload).digest('base64url');
  }
}

/** Loaded with the first identity token, which most runs never need. */
function jose() {
  return import('jose');
}
