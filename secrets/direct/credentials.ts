import { AnswerError } from '../google-failure.ts';
import { exchange, type HttpAnswer } from './http.ts';

/** Where access tokens come from. */
export interface Credentials {
  /** A token that is valid for a while. @throws AnswerError, or Error of the system */
  accessToken(): Promise<string>;
  /** Email of whose tokens they are; undefined when that is not known. */
  email(): Promise<string | undefined>;
  /** The next token is a new one. */
  forget(): void;
  /** An identity token for an audience. @default there is none */
  identityToken?(audience: string): Promise<string>;
  /** Project that is charged for calls (https://cloud.google.com/docs/quotas/quota-project). @default the resource's */
  readonly quotaProject?: string | undefined;
}

/** What a call has to say of who makes it. @throws as accessToken */
export async function authorizationHeaders(credentials: Credentials): Promise<Record<string, string>> {
  const { quotaProject } = credentials;
  return {
    authorization: `Bearer ${await credentials.accessToken()}`,
    ...(quotaProject !== undefined && { 'x-goog-user-project': quotaProject }),
  };
}

/** An access token that somebody else got: nobody knows whose it is, and there is no other. */
export function bearer(accessToken: string): Credentials {
  return { accessToken: async () => accessToken, email: async () => undefined, forget: () => {} };
}

/** The metadata server of the machine, https://cloud.google.com/compute/docs/metadata/overview. */
export interface MetadataServer extends Credentials {
  /** A custom attribute of the instance; undefined when it is not set. */
  attribute(name: string): Promise<string | undefined>;
}

// The server has a new token at least this long before the old one ends
// (https://cloud.google.com/compute/docs/access/authenticate-workloads).
const renewalMilliseconds = 240_000;
const maxAnswerBytes = 64 * 1024;

/**
 * Tokens and email of the service account that this process runs as, and what else its metadata server says.
 *
 * @param host `host:port` of a local cloud's. @default Google's own
 * @param quotaProject project that is charged for calls. @default the resource's
 */
export function metadataServer(
  host = 'metadata.google.internal',
  quotaProject: string | undefined = undefined,
): MetadataServer {
  let token: Promise<Token> | undefined;
  let email: Promise<string> | undefined;
  const ask = (path: string) =>
    exchange(
      {
        endpoint: `http://${host}`,
        path: `/computeMetadata/v1/instance/${path}`,
        headers: { 'metadata-flavor': 'Google' },
      },
      maxAnswerBytes,
    );
  const account = async (field: string) => {
    const answer = await ask(`service-accounts/default/${field}`);
    if (answer.status !== 200) throw refused(host, answer);
    return answer.body.toString();
  };
  const renewed = () => {
    const asked = account('token').then((json) => parseToken(host, json));
    token = asked;
    asked.catch(() => {
      if (token === asked) token = undefined;
    });
    return asked;
  };
  return {
    quotaProject,
    accessToken: async () => {
      const known = token;
      if (known) {
        const { value, renewAt } = await known;
        if (performance.now() < renewAt) return value;
        if (token === known) token = undefined;
      }
      return (await (token ?? renewed())).value;
    },
    email: async () => {
      email ??= account('email').then((text) => text.trim());
      return email.catch((error) => {
        email = undefined;
        throw error;
      });
    },
    forget: () => {
      token = undefined;
    },
    identityToken: async (audience) => {
      const text = await account(`identity?audience=${encodeURIComponent(audience)}&format=full`);
      return text.trim();
    },
    attribute: async (name) => {
      const answer = await ask(`attributes/${encodeURIComponent(name)}`);
      if (answer.status === 404) return undefined;
      if (answer.status !== 200) throw refused(host, answer);
      return answer.body.toString().trim();
    },
  };
}

interface Token {
  readonly value: string;
  /** By performance.now(), which no change of the clock moves. */
  readonly renewAt: number;
}

/** https://cloud.google.com/compute/docs/access/authenticate-workloads#applications */
function parseToken(host: string, json: string): Token {
  try {
    const { access_token: value, expires_in: seconds } = JSON.parse(json);
    if (typeof value === 'string' && value !== '' && typeof seconds === 'number') {
      return { value, renewAt: performance.now() + seconds * 1000 - renewalMilliseconds };
    }
  } catch {
    // Its message would quote the answer.
  }
  throw new AnswerError({
    status: 'UNAVAILABLE',
    message: `the metadata server at ${host} gave no token`,
    reason: undefined,
  });
}

/** GKE's words where a Pod may not act as its service account (yet). */
const NO_TOKEN = /Permission 'iam\.serviceAccounts\.\w+' denied/;

/** Whatever it answers, it may have another answer in a moment: it is not ready at once where a machine has just begun. */
function refused(host: string, { status, body }: HttpAnswer): AnswerError {
  const [denial] = NO_TOKEN.exec(body.toString()) ?? [];
  if (status === 403 && denial !== undefined) {
    const message = `${denial}: the metadata server at ${host} got no token of the service account`;
    return new AnswerError({ status: 'PERMISSION_DENIED', message, reason: 'NO_WORKLOAD_IDENTITY' });
  }
  return new AnswerError({
    status: 'UNAVAILABLE',
    message: `the metadata server at ${host} answered ${status}`,
    reason: undefined,
  });
}
