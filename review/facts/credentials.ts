/** A text that has the form of a well-known credential. */
export interface FoundCredential {
  /** Where it is, e.g. `template.spec.containers[0].env[2].value`. */
  readonly at: string;
  /** What it looks like, e.g. `a private key`. Never the value. */
  readonly kind: string;
}

const SECRET_NAME =
  /(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIALS?|API_?KEY|(?:PRIVATE|ACCESS|SECRET|SIGNING|ENCRYPTION|AUTH)_?KEY|(?:^|_)(?:PASS|PWD|TOKEN|DSN))(?:_?V?\d+)?$/;

/** The forms are those that the issuers document; secret scanners look for the same. */
const CREDENTIALS: readonly { readonly kind: string; readonly pattern: RegExp }[] = [
  { kind: 'a private key', pattern: /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/ },
  { kind: 'a Google API key', pattern: /\bAIza[0-9A-Za-z_-]{35}\b/ },
  { kind: 'a Google access token', pattern: /\bya29\.[0-9A-Za-z_-]{20,}/ },
  { kind: 'a Google OAuth client secret', pattern: /\bGOCSPX-[0-9A-Za-z_-]{20,}/ },
  { kind: 'an AWS access key', pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/ },
  { kind: 'a GitHub token', pattern: /\b(?:gh[pousr]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{22,})/ },
  { kind: 'a Slack token', pattern: /\bxox[abeoprs]-[0-9A-Za-z-]{10,}/ },
  { kind: 'a Stripe key', pattern: /\b[rs]k_live_[0-9A-Za-z]{16,}/ },
  { kind: 'a JSON Web Token', pattern: /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/ },
  { kind: 'an address with a password in it', pattern: /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:[^\s/@]+@/i },
];

/** Whether a variable of this name is meant to hold a secret itself, not the name or the lifetime of one. */
export function looksLikeSecretName(name: string): boolean {
  const snakeCase = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/[^A-Za-z0-9]+/g, '_');
  return SECRET_NAME.test(snakeCase.toUpperCase());
}

/** Every text, however deep in lists and maps, that has the form of a credential. */
export function credentialsIn(value: unknown, at = ''): FoundCredential[] {
  if (typeof value === 'string') {
    return CREDENTIALS.filter(({ pattern }) => pattern.test(value)).map(({ kind }) => ({ at, kind }));
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => credentialsIn(item, `${at}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => credentialsIn(item, at ? `${at}.${name}` : name));
}

/** How a text begins that stands for a credential. */
export const LEFT_OUT = '(left out';

/**
 * The same value with everything taken out that a policy would take for a credential, so that a secret that stands in
 * the code by mistake does not travel on with the review.
 */
export function withoutCredentials(value: unknown, name = ''): unknown {
  if (typeof value === 'string') {
    const [found] = credentialsIn(value);
    if (found) return `${LEFT_OUT}: ${found.kind})`;
    const isReference = /^gs:\/\/[^/]+\/.+\?key=projects\//s.test(value);
    return looksLikeSecretName(name) && !isReference ? `${LEFT_OUT}: by its name, a secret)` : value;
  }
  if (Array.isArray(value)) return value.map((item) => withoutCredentials(item, name));
  if (typeof value !== 'object' || value === null) return value;
  // An environment variable is an object of a name and a value.
  const { name: variable } = value as { name?: unknown };
  const nameOf = (field: string) => (field === 'value' && typeof variable === 'string' ? variable : field);
  return Object.fromEntries(
    Object.entries(value).map(([field, item]) => [field, withoutCredentials(item, nameOf(field))]),
  );
}
