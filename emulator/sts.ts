import type { FastifyInstance, FastifyReply } from 'fastify';
import type { JWTPayload } from 'jose';
import { APIS } from './apis.ts';
import { type AssertionAttributes, evaluateAssertion } from './iam/assertion.ts';
import type { IdentityPools, IdentityProvider } from './iam/identity-pools.ts';
import type { Principal } from './iam/principal.ts';
import { type CloudState, requireService } from './state.ts';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const SUBJECT_TOKENS = ['urn:ietf:params:oauth:token-type:jwt', 'urn:ietf:params:oauth:token-type:id_token'];

/** What a federated token is valid for, in seconds. */
const LIFETIME_SECONDS = 3600;
/** A subject's limit, in bytes. */
const SUBJECT_LIMIT_BYTES = 127;

/** An error as RFC 6749 has it, which this API answers with. */
class OAuthError extends Error {
  readonly error: string;

  constructor(error: string, description: string) {
    super(description);
    this.error = error;
  }
}

/**
 * Security Token Service v1: a token of another identity provider becomes an access token of a pool's principal
 * (https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token, RFC 8693). Libraries send a form, others JSON.
 */
export function stsApi(state: CloudState, pools: IdentityPools) {
  return async (app: FastifyInstance) => {
    app.addHook('onRequest', async () => requireService(state, APIS.sts));
    app.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      async (_request: unknown, body: string) => Object.fromEntries(new URLSearchParams(body)),
    );
    app.post('/sts/v1/token', { config: { changesNothing: true } }, async (request, reply) => {
      try {
        return await exchange(inCamelCase((request.body ?? {}) as Record<string, unknown>));
      } catch (error) {
        return refuse(reply, error);
      }
    });
  };

  async function exchange(asked: Record<string, string>) {
    const {
      grantType,
      requestedTokenType,
      subjectTokenType = '',
      subjectToken,
      audience = '',
      scope,
    } = asked;
    if (grantType !== EXCHANGE) throw new OAuthError('unsupported_grant_type', 'Invalid grant type.');
    if (requestedTokenType !== ACCESS_TOKEN)
      throw new OAuthError('invalid_request', 'Invalid requested token type.');
    if (!SUBJECT_TOKENS.includes(subjectTokenType)) {
      throw new OAuthError(
        'invalid_request',
        `Invalid value for "subject_token_type": ${subjectTokenType}. The local cloud takes jwt and id_token.`,
      );
    }
    if (!scope) throw new OAuthError('invalid_request', 'Invalid value for "scope".');
    if (!subjectToken) throw new OAuthError('invalid_request', 'Invalid value for "subject_token".');
    const provider = providerOf(audience);
    if (!provider) {
      throw new OAuthError(
        'invalid_target',
        'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn\'t exist.',
      );
    }
    const principal = principalOf(provider, await verified(provider, subjectToken, state.now()));
    return {
      access_token: state.tokens.accessToken(principal, { lifetimeSeconds: LIFETIME_SECONDS }),
      issued_token_type: ACCESS_TOKEN,
      token_type: 'Bearer',
      expires_in: LIFETIME_SECONDS,
    };
  }

  /** The provider that an audience names, the project by its number. */
  function providerOf(audience: string): IdentityProvider | undefined {
    const [, name = ''] = /^\/\/iam\.googleapis\.com\/(projects\/.+)$/.exec(audience) ?? [];
    return pools.inForce(name);
  }
}

/** The claims of a token that the provider takes. */
async function verified({ oidc, name }: IdentityProvider, token: string, now: Date): Promise<JWTPayload> {
  const { decodeJwt, errors, jwtVerify } = await import('jose');
  const canonical = `//iam.googleapis.com/${name}`;
  const audiences = oidc.allowedAudiences?.length ? oidc.allowedAudiences : [`https:${canonical}`, canonical];
  let claims: JWTPayload;
  try {
    claims = decodeJwt(token);
  } catch {
    throw new OAuthError('invalid_request', 'Invalid ID token: it is no JWT.');
  }
  if (claims.iss !== oidc.issuerUri) {
    throw new OAuthError(
      'invalid_grant',
      `The issuer in ID Token ${claims.iss} does not match the expected ones: ${oidc.issuerUri}.`,
    );
  }
  const given = [claims.aud ?? []].flat();
  if (!given.some((one) => audiences.includes(one))) {
    throw new OAuthError(
      'invalid_grant',
      `The audience in ID Token [${given.join(', ')}] does not match the expected audience ${audiences[0]}.`,
    );
  }
  try {
    const { payload } = await jwtVerify(token, await keysOf(oidc), {
      currentDate: now,
      algorithms: ['RS256', 'ES256'],
      requiredClaims: ['sub', 'iat', 'exp'],
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      throw new OAuthError('invalid_grant', `ID Token issued at ${claims.iat} is stale to sign-in.`);
    }
    if (error instanceof OAuthError) throw error;
    throw new OAuthError(
      'invalid_grant',
      'Invalid ID token: its signature or its claims cannot be verified.',
    );
  }
}

async function keysOf({ issuerUri, jwksJson }: IdentityProvider['oidc']) {
  const { createLocalJWKSet, createRemoteJWKSet } = await import('jose');
  if (jwksJson !== undefined) return createLocalJWKSet(JSON.parse(jwksJson));
  try {
    const url = `${issuerUri.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const { jwks_uri } = (await (await fetch(url, { signal: AbortSignal.timeout(10_000) })).json()) as {
      jwks_uri: string;
    };
    return createRemoteJWKSet(new URL(jwks_uri));
  } catch {
    throw new OAuthError('invalid_grant', "Error connecting to the given credential's issuer.");
  }
}

/** The principal that the mapping makes of a token's claims, with the sets that it is in. */
function principalOf(
  { name, attributeMapping, attributeCondition }: IdentityProvider,
  assertion: object,
): Principal {
  const mapped = Object.entries(attributeMapping).map(
    ([target, expression]) => [target, mappedValue(target, expression, assertion)] as const,
  );
  const below = (prefix: string) =>
    Object.fromEntries(
      mapped.flatMap(([target, value]) =>
        target.startsWith(prefix) ? [[target.slice(prefix.length), value]] : [],
      ),
    );
  const [google, attribute] = [below('google.'), below('attribute.')];
  if (attributeCondition && !holds(attributeCondition, { assertion, google, attribute })) {
    throw new OAuthError(
      'unauthorized_client',
      'The given credential is rejected by the attribute condition.',
    );
  }
  const subject = String(google.subject);
  if (Buffer.byteLength(subject) > SUBJECT_LIMIT_BYTES) {
    throw new OAuthError(
      'invalid_grant',
      `The size of mapped attribute google.subject exceeds the ${SUBJECT_LIMIT_BYTES} bytes limit.`,
    );
  }
  const pool = `iam.googleapis.com/${name.replace(/\/providers\/[^/]+$/, '')}`;
  const groups = [google.groups ?? []].flat().map((group) => `principalSet://${pool}/group/${group}`);
  const attributes = Object.entries(attribute).map(
    ([key, value]) => `principalSet://${pool}/attribute.${key}/${value}`,
  );
  return {
    member: `principal://${pool}/subject/${subject}`,
    sets: [...groups, ...attributes, `principalSet://${pool}/*`],
  };
}

function mappedValue(target: string, expression: string, assertion: object): unknown {
  let value: unknown;
  try {
    value = evaluateAssertion(expression, { assertion });
  } catch {
    throw new OAuthError(
      'invalid_grant',
      `The attribute mapping for ${target} could not be evaluated: ${expression}.`,
    );
  }
  const isOfKind =
    target === 'google.groups' ? Array.isArray(value) : typeof value === 'string' && value !== '';
  if (isOfKind) return value;
  throw new OAuthError(
    'invalid_grant',
    `The mapped attribute ${target} must be of type ${target === 'google.groups' ? 'LIST' : 'STRING'}.`,
  );
}

/** A condition that cannot be evaluated does not hold. */
function holds(condition: string, attributes: AssertionAttributes): boolean {
  try {
    return evaluateAssertion(condition, attributes) === true;
  } catch {
    return false;
  }
}

function inCamelCase(body: Record<string, unknown>): Record<string, string> {
  const entries = Object.entries(body).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      String(value),
    ]),
  );
}

function refuse(reply: FastifyReply, error: unknown): FastifyReply {
  if (!(error instanceof OAuthError)) throw error;
  return reply
    .code(error.error === 'unauthorized_client' ? 401 : 400)
    .send({ error: error.error, error_description: error.message });
}
